import { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import {
  defaulted,
  list,
  type ObjectOf,
  object,
  optional,
  record,
  required,
} from '../../yaml/collections.ts';
import { loadYaml } from '../../yaml/decode.ts';
import { type Decoder, described } from '../../yaml/decoder.ts';
import { plainValue, text } from '../../yaml/scalars.ts';
import type { Sources, YamlPath } from '../../yaml/sources.ts';

const name = text({
  pattern: /^[a-z][a-z0-9-]*$/,
  expected: 'a name (lower-case letters, digits, -)',
});

const need = text({
  pattern: /^[A-Z0-9_]+(=[A-Za-z0-9_]+)?(\|[A-Z0-9_]+(=[A-Za-z0-9_]+)?)*$/,
  expected: 'an option of the kernel without CONFIG_, as "OPTION", "OPTION=module" or "A=a|B=b"',
});

const purpose = text({ pattern: /\S/, expected: 'what its lack costs' });

const moduleName = text({ pattern: /^[a-z0-9_]+$/, expected: 'the name of a kernel module' });

const sysctl = text({
  pattern: /^[a-z0-9_*.-]+$/,
  expected: 'the name of a sysctl with dots, as "net.ipv4.ip_forward"',
});

const needs = record(purpose, list(need, { min: 1 }));

const common = {
  uses: defaulted(described('Groups that belong to it.', list(name)), []),
  kernel: optional(
    described(
      'The oldest kernel that will do.',
      text({ pattern: /^\d+\.\d+$/, expected: 'a kernel version as text, as "5.10"' }),
    ),
  ),
  needs: defaulted(
    described('It does not work without: options by what their lack costs.', needs),
    {},
  ),
  wants: defaulted(
    described('It works without, but for what is said: options by what their lack costs.', needs),
    {},
  ),
  load: defaulted(described('Modules that the box loads at its start.', list(moduleName)), []),
  sysctls: defaulted(
    described('What the box sets; * is any name.', record(sysctl, plainValue())),
    {},
  ),
};

const cni = {
  ...common,
  modes: required(described('What each mode needs on top.', record(name, object(common)))),
};

/** What a group, a CNI or a mode of one asks for, as written. */
export type WrittenDemands = ObjectOf<typeof common>;

/** What is known of CNIs (and of kube-proxy, which stands with them here). */
export interface CniRequirements {
  readonly groups: Readonly<Record<string, WrittenDemands>>;
  readonly cnis: Readonly<Record<string, ObjectOf<typeof cni>>>;
}

/** Where the project keeps what is known of CNIs, below its `images/`. */
export const CNI_FILE = 'cni.yaml';

/** What that file holds. */
export const CNI_REQUIREMENTS: Decoder<CniRequirements> = object({
  groups: required(described('What several CNIs share.', record(name, object(common)))),
  cnis: required(record(name, object(cni))),
});

/**
 * Reads a file of requirements.
 * @throws DiagnosticsError with everything that is wrong in it
 */
export async function loadCniRequirements(path: string): Promise<CniRequirements> {
  const { value, sources } = await loadYaml(path, CNI_REQUIREMENTS);
  const report = new Report();
  for (const [at, { uses }] of everyPart(value))
    reportUnknownGroups(uses, at, value, sources, report);
  if (!report.isEmpty) sources.fail(report.diagnostics);
  return value;
}

function everyPart({
  groups,
  cnis,
}: CniRequirements): readonly (readonly [YamlPath, WrittenDemands])[] {
  return [
    ...Object.entries(groups).map(([key, part]) => [['groups', key], part] as const),
    ...Object.entries(cnis).flatMap(([key, part]) => [
      [['cnis', key], part] as const,
      ...Object.entries(part.modes).map(
        ([mode, demands]) => [['cnis', key, 'modes', mode], demands] as const,
      ),
    ]),
  ];
}

function reportUnknownGroups(
  uses: readonly string[],
  at: YamlPath,
  { groups }: CniRequirements,
  sources: Sources,
  report: Report,
): void {
  for (const group of uses.filter((each) => !Object.hasOwn(groups, each))) {
    const tail = didYouMean(group, Object.keys(groups));
    report.error(`there is no group "${group}"${tail}`, sources.ofItem([...at, 'uses'], group));
  }
}
