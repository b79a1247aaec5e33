/** Words that a POSIX shell takes literally without quotes. */
const PLAIN = /^[A-Za-z0-9_./:=,@%+-]+$/;

/** One word for any POSIX shell (XCU 2.2.2, single quotes), whatever it contains. */
export function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command that can be pasted into a shell and does the same. */
export function pasteable(
  argv: readonly string[],
  surroundings: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): string {
  const enter = surroundings.cwd === undefined ? [] : ['cd', quote(surroundings.cwd), '&&'];
  const settings = Object.entries(surroundings.env ?? {})
    .map(([name, value]) => `${name}=${quote(value)}`)
    .sort();
  return [
    ...enter,
    ...(settings.length > 0 ? ['env', '-i', ...settings] : []),
    ...argv.map(quote),
  ].join(' ');
}
