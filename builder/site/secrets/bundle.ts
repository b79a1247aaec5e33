import { type Diagnostic, placeOf, Report, type SourceFile } from '../../report/diagnostic.ts';
import { DiagnosticsError } from '../../report/format.ts';
import { parseYaml } from '../../yaml/parse.ts';
import { BUNDLE, type Bundle, bundleOf } from './bundle-schema.ts';

/**
 * Decodes a bundle's text.
 * @throws DiagnosticsError with everything that is wrong with it, and where; it shows nothing of the text
 */
export function decodeBundle(file: SourceFile): Bundle {
  const report = new Report();
  const root = parseYaml(file, report);
  // What does not parse has keys and values in wrong places: all further errors would be echoes.
  const written = report.isEmpty ? BUNDLE.decode(root, { report, extent: 'whole' }) : undefined;
  if (written === undefined || !report.isEmpty) {
    throw new DiagnosticsError(file.name, report.diagnostics.map(conceal));
  }
  return bundleOf(written);
}

/** The place in words, and nothing that carries the text along: an error's range shows the line that it is in. */
function conceal({ message, at, note }: Diagnostic): Diagnostic {
  const place = at === undefined ? '' : `${placeOf(at)}: `;
  return { message: `${place}${concealWords(message)}`, ...(note !== undefined && { note }) };
}

/** Words in quotes are words of the file, but for keys that Kiln misses; the YAML parser may say anything. */
function concealWords(message: string): string {
  if (message.startsWith('YAML: ')) return 'this is not valid YAML';
  if (/^the keys? ("[a-z-]+"(, )?)+ (is|are) missing$/.test(message)) return message;
  // What an unknown key may have meant is one of Kiln's, and at the end.
  const [, tail = ''] = /^unknown key ".*"(; did you mean "[a-z-]+"\?)$/s.exec(message) ?? [];
  return tail === '' ? message.replace(/ ".*"/s, '') : `unknown key${tail}`;
}
