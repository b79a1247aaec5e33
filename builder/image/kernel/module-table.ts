import { table } from '../../report/table.ts';
import type { Reason } from './closure.ts';
import type { ModulesReport, Totals } from './module-report.ts';

/** What `kiln modules` prints for people: a table a module a line, then what is worth knowing beside it. */
export function modulesTable(report: ModulesReport): string {
  const { kernel, modules, builtins, firmware, missingFirmware, totals } = report;
  const sections = [
    table(
      [
        ['MODULE', 'SIZE', 'IN', 'WHY'],
        ...modules.map((each) => [each.name, kilobytes(each.sizeBytes), each.in, why(each.reason)]),
      ],
      ['SIZE'],
    ),
    builtins.length > 0 &&
      table([['BUILT IN', 'WHY'], ...builtins.map(({ name, reason }) => [name, why(reason)])]),
    firmware.length > 0 &&
      table(
        [
          ['FIRMWARE', 'SIZE', 'PACKAGE', 'FOR'],
          ...firmware.map((each) => [
            each.name,
            kilobytes(each.sizeBytes),
            each.package,
            each.modules.join(', '),
          ]),
        ],
        ['SIZE'],
      ),
    missingFirmware.length > 0 &&
      table([
        ['FIRMWARE IN NO LOCKED PACKAGE', 'FOR'],
        ...missingFirmware.map(({ name, modules: askers }) => [name, askers.join(', ')]),
      ]),
    `kernel ${kernel}\nroot   ${describe(totals.root)}\ninitrd ${describe(totals.initrd)}\n`,
  ];
  return sections.filter((section) => section !== false).join('\n');
}

function why({ kind, by }: Reason): string {
  switch (kind) {
    case 'wanted':
      return by;
    case 'needed':
      return `needed by ${by}`;
    case 'soft':
      return `soft dependency of ${by}`;
  }
}

function describe({ modules, moduleBytes, firmwareFiles, firmwareBytes }: Totals): string {
  const modulesPart = `${modules} modules, ${megabytes(moduleBytes)}`;
  return firmwareFiles === 0
    ? modulesPart
    : `${modulesPart}; ${firmwareFiles} firmware files, ${megabytes(firmwareBytes)}`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
}
