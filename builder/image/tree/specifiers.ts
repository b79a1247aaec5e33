/** What each letter after a `%` stands for; a missing letter is unknown when the image is built. */
export type Specifiers = Readonly<Record<string, string>>;

/** Expands systemd's specifiers. Undefined when one of them is unknown. */
export function expandSpecifiers(text: string, specifiers: Specifiers): string | undefined {
  let isKnown = true;
  const expanded = text.replace(/%(.?)/gs, (_all, letter: string) => {
    const value = letter === '%' ? '%' : specifiers[letter];
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown ? expanded : undefined;
}

/** Splits a line into words as systemd does: quotes of both kinds group, a backslash takes the next character. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\])+/gs)) {
    words.push(
      word.replace(
        /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\\(.)/gs,
        (_all, double: string | undefined, single: string | undefined, escaped?: string) =>
          escaped ?? (double ?? single ?? '').replace(/\\(.)/gs, '$1'),
      ),
    );
  }
  return words;
}
