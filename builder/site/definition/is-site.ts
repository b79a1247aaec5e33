import { readSource } from '../../yaml/decode.ts';

/**
 * Whether a YAML file is a site and no image: it has the key `site` at its top. Looked up in the text, for to parse a
 * site of ten thousand nodes twice would take a second.
 * @throws KilnError when the file cannot be read
 */
export async function isSiteFile(path: string): Promise<boolean> {
  const { text } = await readSource(path);
  return /^(?:\uFEFF)?(["']?)site\1[ \t]*:(?=\s|$)/m.test(text);
}
