import type { CniRequirements, WrittenDemands } from './requirements.ts';

/** An option of the kernel's configuration that meets a need. */
export interface Option {
  /** Without `CONFIG_`. */
  readonly option: string;
  /** The module that has it, when it is not built in; without one the option only has to be set. */
  readonly module?: string;
}

/** One thing that a CNI asks of a kernel. */
export interface Need {
  /** As images/cni.yaml writes it. */
  readonly text: string;
  /** Any of these meets it. */
  readonly options: readonly Option[];
  /** What its lack costs. */
  readonly purpose: string;
}

/** All that a CNI asks for in one of its modes, or in any of them. */
export interface Demands {
  /** `calico` for what all of its modes need, `calico/vxlan` for that and what the mode needs. */
  readonly name: string;
  readonly needs: readonly Need[];
  readonly wants: readonly Need[];
  /** The oldest kernel that will do, as "5.10". */
  readonly kernel: string | undefined;
  readonly load: readonly string[];
  readonly sysctls: Readonly<Record<string, string | number | boolean>>;
}

/** Names that a definition can say: every CNI, each followed by its modes. */
export function cniNames({ cnis }: CniRequirements): readonly string[] {
  return Object.entries(cnis).flatMap(([cni, { modes }]) => [
    cni,
    ...Object.keys(modes).map((mode) => `${cni}/${mode}`),
  ]);
}

/** Whether a name in a definition means this CNI or mode: a CNI's name means all of its modes. */
export function isMeant(name: string, by: string): boolean {
  return name === by || name.startsWith(`${by}/`);
}

/** What the bearer of a name asks for, with all that it uses. */
export function demandsOf(name: string, { groups, cnis }: CniRequirements): Demands {
  const [cni = '', mode] = name.split('/');
  const own = cnis[cni];
  const inMode = mode === undefined ? undefined : own?.modes[mode];
  if (own === undefined || (mode !== undefined && inMode === undefined)) {
    throw new Error(`nothing is known of the CNI ${name}`);
  }
  const parts = withGroups(inMode === undefined ? [own] : [own, inMode], groups);
  const needs = distinct(parts.flatMap((part) => needsIn(part.needs)));
  const needed = new Set(needs.map(({ text }) => text));
  return {
    name,
    needs,
    wants: distinct(parts.flatMap((part) => needsIn(part.wants))).filter(
      ({ text }) => !needed.has(text),
    ),
    kernel: parts
      .flatMap(({ kernel }) => kernel ?? [])
      .sort(compareVersions)
      .at(-1),
    load: [...new Set(parts.flatMap(({ load }) => load))],
    sysctls: Object.assign({}, ...parts.map(({ sysctls }) => sysctls)),
  };
}

/** Orders "5.9" before "5.10"; looks at the first two numbers only, as in what `uname -r` says. */
export function compareVersions(a: string, b: string): number {
  const [left = [], right = []] = [a, b].map((each) => each.split(/[^0-9]/).map(Number));
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}

/** The parts, each after the groups that it uses; a group once. */
function withGroups(
  parts: readonly WrittenDemands[],
  groups: CniRequirements['groups'],
): readonly WrittenDemands[] {
  const found = new Set<WrittenDemands>();
  const visit = (part: WrittenDemands, above: readonly WrittenDemands[]): void => {
    if (above.includes(part)) return;
    for (const group of part.uses) {
      const used = groups[group];
      if (used !== undefined) visit(used, [...above, part]);
    }
    found.add(part);
  };
  for (const part of parts) visit(part, []);
  return [...found];
}

function needsIn(written: WrittenDemands['needs']): readonly Need[] {
  return Object.entries(written).flatMap(([purpose, texts]) =>
    texts.map((text) => ({ text, options: text.split('|').map(parseOption), purpose })),
  );
}

function parseOption(text: string): Option {
  const [option = '', module] = text.split('=');
  return module === undefined ? { option } : { option, module };
}

/** Of what several parts ask for the first counts, with its purpose. */
function distinct(needs: readonly Need[]): readonly Need[] {
  const byText = new Map<string, Need>();
  for (const need of needs) if (!byText.has(need.text)) byText.set(need.text, need);
  return [...byText.values()];
}
