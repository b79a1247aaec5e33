/** What the kernel's EFI stub says at each start, on both architectures (libstub). */
const KERNEL_STARTS = /EFI stub: Loaded initrd/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are steered by them
const ESCAPES = /\u001b\[[0-9;?=]*[A-Za-z]|\u001b[()][A-Z0-9]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: nothing of a guest may steer a terminal
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** How often a kernel has started, from all that came over a console. Pure. */
export function kernelStarts(console: string): number {
  return [...console.matchAll(KERNEL_STARTS)].length;
}

/** The last lines that say something, without what steers a terminal or only draws a menu. Pure. */
export function lastLines(console: string, most: number): readonly string[] {
  const lines = console
    .replace(ESCAPES, '\n')
    .split(/[\r\n]+/)
    .map((line) => line.replace(CONTROLS, '').trim())
    .filter((line) => /[\p{L}\p{N}]/u.test(line));
  return lines.slice(-most);
}

/** A text in one line, with nothing that could steer a terminal. Pure. */
export function plain(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, ' ').replaceAll(/\s+/g, ' ').trim();
}
