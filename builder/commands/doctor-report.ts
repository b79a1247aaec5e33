import type { Lockfile } from '../image/lock/lockfile.ts';
import type { Finding } from '../tools/host.ts';
import { REQUIRED_FILES, REQUIRED_TOOLS } from '../tools/required.ts';

/** A tool that Kiln brings; without a version while no lock was made. */
export interface BroughtTool {
  readonly tool: string;
  readonly purpose: string;
  readonly package: string;
  readonly version?: string;
}

/** What `kiln doctor` found. */
export interface Diagnosis {
  readonly host: readonly Finding[];
  readonly tools: readonly BroughtTool[];
  /** Whether nothing that builds need is missing. */
  readonly isReady: boolean;
}

/** Puts together what was found; `lock` is the tools' one, if it was made already. */
export function diagnose(host: readonly Finding[], lock: Lockfile | undefined): Diagnosis {
  const versions = new Map(lock?.packages.map(({ name, version }) => [name, version]));
  const named = [
    ...REQUIRED_TOOLS.map(({ program, ...rest }) => ({ tool: program, ...rest })),
    ...REQUIRED_FILES.map(({ file, ...rest }) => ({ tool: file.replace(/^.*\//, ''), ...rest })),
  ];
  const tools = named.map((tool) => {
    const version = versions.get(tool.package);
    return version === undefined ? tool : { ...tool, version };
  });
  return { host, tools, isReady: host.every(({ state }) => state !== 'missing') };
}

/** The diagnosis as text: what the host offers, then what Kiln brings. */
export function formatDiagnosis({ host, tools }: Diagnosis): string {
  const findings = host.flatMap(({ subject, state, value, advice }) => [
    [MARKS[state], subject, value],
    ...(advice === undefined ? [] : [['', '', `→ ${advice}`]]),
  ]);
  const brought = tools.map(({ tool, version, purpose }) => [
    '',
    tool,
    version ?? 'not locked yet',
    purpose,
  ]);
  return [
    'This machine',
    ...columns(findings),
    '',
    'What Kiln brings',
    ...columns(brought),
    '',
  ].join('\n');
}

const MARKS: Readonly<Record<Finding['state'], string>> = {
  ok: 'ok',
  note: 'note',
  missing: 'MISSING',
};

/** Rows with their cells below each other. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      if (index < row.length - 1) widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    `  ${row.map((cell, index) => cell.padEnd(index < row.length - 1 ? (widths[index] ?? 0) : 0)).join('  ')}`.trimEnd(),
  );
}
