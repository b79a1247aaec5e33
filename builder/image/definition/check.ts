import type { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Arch } from '../arch.ts';
import { checkNumbers } from './check-accounts.ts';
import { checkAirgap, checkK0s } from './check-k0s.ts';
import type { Draft, Rule } from './rule.ts';

/** Kernel flavours of Debian 13: the `linux-image-<flavour>` packages of each architecture. */
const FLAVOURS: Readonly<Record<Arch, readonly string[]>> = {
  x86_64: ['amd64', 'cloud-amd64', 'rt-amd64'],
  arm64: ['arm64', 'cloud-arm64', 'rt-arm64', 'arm64-16k'],
};

/** Arguments that follow from what was built: given by hand, they would lead past the verified root. */
const KILNS_ARGUMENTS: readonly string[] = [
  'root',
  'roothash',
  'usrhash',
  'init',
  'rdinit',
  'rd.init',
  'kiln.root',
  'kiln.root-sha256',
  'kiln.medium',
  'kiln.medium-sha256',
  'kiln.install',
];

/** Every rule that needs nothing but the definition. */
export function checkDefinition(draft: Draft, sources: Sources, report: Report): void {
  for (const rule of RULES) rule(draft, sources, report);
}

const RULES: readonly Rule[] = [
  checkBoard,
  checkIso,
  checkFlavour,
  checkCmdline,
  checkSuites,
  checkOldSuites,
  checkOmitted,
  checkNumbers,
  checkUnits,
  checkAlternatives,
  checkK0s,
  checkAirgap,
];

/** The installer's disks have neither a Raspberry Pi's boot files nor a table that its firmware reads. */
function checkIso({ board, artifacts }: Draft, sources: Sources, report: Report): void {
  if (!board || board === 'uefi' || !artifacts?.includes('iso')) return;
  report.error(
    `a ${board} cannot be installed from an ISO: it has no UEFI before its disk has one`,
    sources.ofItem(['artifacts'], 'iso'),
    'write its card or disk with `kiln flash`',
  );
}

function checkBoard({ arch, board }: Draft, sources: Sources, report: Report): void {
  if (arch && board && board !== 'uefi' && arch !== 'arm64') {
    report.error(`a ${board} is arm64, not ${arch}`, sources.at(['board']));
  }
}

function checkFlavour({ arch, kernel }: Draft, sources: Sources, report: Report): void {
  if (!arch || !kernel || FLAVOURS[arch].includes(kernel.flavour)) return;
  const known = FLAVOURS[arch];
  const tail = didYouMean(kernel.flavour, known) || `; there are ${known.join(', ')}`;
  report.error(
    `${arch} has no kernel flavour "${kernel.flavour}"${tail}`,
    sources.at(['kernel', 'flavour']),
  );
}

function checkCmdline({ kernel }: Draft, sources: Sources, report: Report): void {
  for (const argument of kernel?.cmdline ?? []) {
    const name = argument.split('=')[0] ?? '';
    if (!KILNS_ARGUMENTS.includes(name)) continue;
    report.error(
      `"${name}" cannot be given: Kiln sets it`,
      sources.ofItem(['kernel', 'cmdline'], argument),
    );
  }
}

function checkSuites({ suites }: Draft, sources: Sources, report: Report): void {
  if (!suites) return;
  if (Object.keys(suites).length === 0) {
    report.error(
      'no suite is given',
      sources.at(['suites']),
      'packages have to come from somewhere',
    );
  } else if (Object.values(suites).every((suite) => suite.only)) {
    const note = 'a suite without "only" is needed for what the packages depend on';
    report.error('every suite is limited by "only"', sources.at(['suites']), note);
  }
}

/** Who may keep a suite from changing may keep fixes from coming: that is for a few packages, each of them chosen. */
function checkOldSuites({ suites }: Draft, sources: Sources, report: Report): void {
  for (const [name, { since, only }] of Object.entries(suites ?? {})) {
    if (since === undefined || only !== undefined) continue;
    report.error(
      'a suite that may be out of date needs "only"',
      sources.at(['suites', name, 'since']),
      'name the packages that come from it',
    );
  }
}

function checkOmitted({ packages, omit }: Draft, sources: Sources, report: Report): void {
  for (const name of packages ?? []) {
    if (!omit || !(name in omit)) continue;
    const at = sources.keyAt(['omit'], name);
    report.error(
      `"${name}" is both in "packages" and in "omit"`,
      at ?? sources.ofItem(['packages'], name),
    );
  }
}

function checkUnits({ units }: Draft, sources: Sources, report: Report): void {
  const seen = new Map<string, string>();
  for (const verb of ['enable', 'disable', 'mask'] as const) {
    for (const unit of units?.[verb] ?? []) {
      const other = seen.get(unit);
      if (other !== undefined) {
        const note = `an included file's item is taken away by "-${unit}"`;
        report.error(
          `"${unit}" is in "${verb}" and in "${other}"`,
          sources.ofItem(['units', verb], unit),
          note,
        );
      }
      seen.set(unit, verb);
    }
  }
}

function checkAlternatives({ alternatives }: Draft, sources: Sources, report: Report): void {
  const owners = new Map<string, string>();
  for (const [name, { link, target }] of Object.entries(alternatives ?? {})) {
    const owner = owners.get(link);
    if (owner !== undefined) {
      report.error(
        `"${link}" is the link of "${owner}" already`,
        sources.at(['alternatives', name, 'link']),
      );
    }
    if (link === target) {
      report.error(
        'an alternative cannot lead to itself',
        sources.at(['alternatives', name, 'target']),
      );
    }
    owners.set(link, name);
  }
}
