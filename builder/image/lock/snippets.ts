import {
  KNOWN_SCRIPTS,
  KNOWN_SNIPPETS,
  type Known,
  type ScriptName,
  UNHANDLED,
} from './snippets-known.ts';

/** A line of a script, numbered from 1. */
export interface ScriptLine {
  readonly number: number;
  readonly text: string;
}

/** What the recogniser makes of one maintainer script. */
export interface ScriptReading {
  /** Why each recognised part needs nothing; in the order of the script, each once. */
  readonly reasons: readonly string[];
  /** The lines that nothing accounts for; none when the script is recognised. */
  readonly unknown: readonly ScriptLine[];
  /** What to do about sections that Kiln knows by name but does not stand in for. */
  readonly advice: readonly string[];
}

interface Section {
  readonly tool: string;
  readonly lines: readonly ScriptLine[];
}

const SECTION_START = /^# Automatically added by ([a-z0-9_]+)(\/[\w.+~-]+)?$/;
const SECTION_END = '# End automatically added section';
const SHEBANG = /^#! ?\/bin\/(sh|bash|dash)( -[eu]+)?$/;

/** Lines that do nothing by themselves, so that any number of them around known sections is harmless. */
const BOILERPLATE: readonly RegExp[] = [
  /^set [-+][eu]+$/,
  /^(exit [01]|:|;;|esac)$/,
  /^case "?(\$1|\$\{1\})"? in$/,
  /^\(?(\*|[a-z]+(-[a-z]+)*( ?\| ?[a-z]+(-[a-z]+)*)*)\)( ;;)?$/,
  /^echo "(preinst|postinst) called with unknown argument [`'\\]*\$\{?1\}?'"( ?1?>&2)?$/,
];

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '<name>': '[\\w.+@:~-]+',
  '<path>': '[\\w./@+:-]+',
  '<units>': "'[\\w@.:\\\\-]+'(?: '[\\w@.:\\\\-]+')*",
  // A backslash only before a mark of a version number, so that it cannot join lines.
  '<args>': "(?: (?:[\\w./@+:~,=-]|\\\\[~+.-])+| '')*",
};

/**
 * Reads a preinst or postinst as on a fresh install: sections of debhelper that Kiln stands in for and
 * lines that do nothing are accounted for, everything else is unknown.
 */
export function readScript(
  text: string,
  origin: { package: string; script: ScriptName },
): ScriptReading {
  const lines = text.split('\n').map((line, index) => ({ number: index + 1, text: line }));
  const whole = KNOWN_SCRIPTS.find(
    (known) =>
      known.script === origin.script &&
      known.packages.test(origin.package) &&
      isShaped(lines, known),
  );
  if (whole !== undefined) return { reasons: [whole.reason], unknown: [], advice: [] };

  const { sections, own } = splitSections(lines);
  const unknown = own.filter((line) => !isBoilerplate(line));
  const reasons = new Set<string>();
  const advice = new Set<string>();
  for (const section of sections) {
    const found = reasonOf(section);
    if (found !== undefined) reasons.add(found);
    else {
      unknown.push(...section.lines);
      const todo = UNHANDLED[section.tool];
      if (todo !== undefined) advice.add(`${section.tool}: ${todo}`);
    }
  }
  unknown.sort((a, b) => a.number - b.number);
  return { reasons: [...reasons], unknown, advice: [...advice] };
}

/** Sections with their markers; an unfinished one is not a section but the package's own lines. */
function splitSections(lines: readonly ScriptLine[]): { sections: Section[]; own: ScriptLine[] } {
  const sections: Section[] = [];
  const own: ScriptLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined) break;
    const tool = SECTION_START.exec(line.text)?.[1];
    const length = tool === undefined ? -1 : lines.slice(index).findIndex(isSectionEnd);
    if (tool === undefined || length < 0) own.push(line);
    else {
      sections.push({ tool, lines: lines.slice(index, index + length + 1) });
      index += length;
    }
  }
  return { sections, own };
}

function isSectionEnd(line: ScriptLine): boolean {
  return line.text === SECTION_END;
}

/** Of a section of several independent commands (dh_installdeb writes such), each has to be known. */
function reasonOf(section: Section): string | undefined {
  const candidates = KNOWN_SNIPPETS.filter(({ tool }) => tool === section.tool);
  const body = section.lines.slice(1, -1);
  const whole = candidates.find((known) => isShaped(body, known));
  if (whole !== undefined) return whole.reason;
  const commands = candidates.filter(({ shape }) => shape.length === 1);
  const code = codeOf(body);
  const areKnown =
    code.length > 0 && code.every((line) => commands.some(({ shape }) => matches([line], shape)));
  return areKnown ? commands[0]?.reason : undefined;
}

function isShaped(lines: readonly ScriptLine[], known: Known): boolean {
  return matches(codeOf(lines), known.shape);
}

function matches(code: readonly string[], shape: readonly string[]): boolean {
  return (
    code.length === shape.length && code.every((line, at) => patternOf(shape[at] ?? '').test(line))
  );
}

const patterns = new Map<string, RegExp>();

function patternOf(shape: string): RegExp {
  const known = patterns.get(shape);
  if (known !== undefined) return known;
  const source = shape
    .split(/(<[a-z]+>)/)
    .map((part) => PLACEHOLDERS[part] ?? part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('');
  const pattern = new RegExp(`^${source}$`);
  patterns.set(shape, pattern);
  return pattern;
}

/** The lines that the shell acts on, without what differs between versions of debhelper only in looks. */
function codeOf(lines: readonly ScriptLine[]): readonly string[] {
  return lines
    .map(({ text }) => plain(text.trim()))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** One spelling for what releases of debhelper spell in several ways. */
function plain(line: string): string {
  return line
    .replace(/ +/g, ' ')
    .replace(/ ; then$/, '; then')
    .replaceAll(`"\${DPKG_ROOT:-}"`, '"$DPKG_ROOT"');
}

function isBoilerplate({ number, text }: ScriptLine): boolean {
  const line = text.trim();
  if (number === 1 && line.startsWith('#!')) return SHEBANG.test(line);
  return line === '' || line.startsWith('#') || BOILERPLATE.some((pattern) => pattern.test(line));
}
