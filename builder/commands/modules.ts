import type { Command } from 'commander';
import { reportModules } from '../image/kernel/module-report.ts';
import { modulesTable } from '../image/kernel/module-table.ts';
import {
  type KernelRequest,
  type KernelTools,
  selectModules,
} from '../image/kernel/select-modules.ts';
import { type OverrideOptions, withOverrides } from './overrides.ts';

/** What the command line of `kiln modules` says beside the image. */
export interface ModulesOptions extends OverrideOptions {
  readonly json?: boolean;
}

/** Loads an image's definition and lock, and fetches its kernel and firmware packages and the tools. */
export type OpenKernel = (
  image: string,
  options: ModulesOptions,
) => Promise<{ readonly request: KernelRequest; readonly tools: KernelTools }>;

const HELP = `
Sets of modules are in images/modules.yaml; "modules" in an image file takes sets and single modules.

Examples:
  $ kiln modules images/x86_64.yaml
  $ kiln modules images/x86_64.yaml --json | jq '.modules[] | select(.in == "both").name'`;

/** Adds `kiln modules`: which kernel modules and firmware an image gets, and why. */
export function addModules(program: Command, openKernel: OpenKernel): void {
  const command = program
    .command('modules')
    .summary('print the kernel modules of an image, with reasons')
    .description(
      'Prints every kernel module that an image gets, what asks for it, and the firmware that comes with it.',
    )
    .argument('<image>', 'the image file')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  withOverrides(command).action(async (image: string, options: ModulesOptions) => {
    const { request, tools } = await openKernel(image, options);
    const report = reportModules(await selectModules(request, tools));
    const shown = options.json ? `${JSON.stringify(report, undefined, 2)}\n` : modulesTable(report);
    process.stdout.write(shown);
  });
}
