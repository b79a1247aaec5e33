import type { Command } from 'commander';
import { coverImage } from '../image/cni/cover-image.ts';
import { coverageTable } from '../image/cni/coverage-table.ts';
import { refuseUncovered } from '../image/cni/refuse-uncovered.ts';
import type { Definition } from '../image/definition/definition.ts';
import { reportModules } from '../image/kernel/module-report.ts';
import { modulesTable } from '../image/kernel/module-table.ts';
import {
  type KernelRequest,
  type KernelTools,
  type SelectedModules,
  selectModules,
} from '../image/kernel/select-modules.ts';
import { type OverrideOptions, withOverrides } from './overrides.ts';

/** What the command line of `kiln modules` says beside the image. */
export interface ModulesOptions extends OverrideOptions {
  readonly json?: boolean;
  readonly cni?: boolean;
}

/** Loads an image's definition and lock, and fetches its kernel and firmware packages and the tools. */
export type OpenKernel = (
  image: string,
  options: ModulesOptions,
) => Promise<{
  readonly request: KernelRequest;
  readonly tools: KernelTools;
  readonly definition: Pick<Definition, 'file' | 'cni'>;
}>;

const HELP = `
Sets of modules are in images/modules.yaml; "modules" in an image file takes sets and single modules.
With --cni: what each CNI needs of the kernel (images/cni.yaml), in each of its modes, and whether it is built in, a
module in the image, or missing and what that costs. Code 2 when "cni" in the image file names one that lacks something.

Examples:
  $ kiln modules images/x86_64.yaml
  $ kiln modules images/x86_64.yaml --json | jq '.modules[] | select(.in == "both").name'
  $ kiln modules images/x86_64.yaml --cni
  $ kiln modules images/x86_64.yaml --cni --json | jq '.cnis[] | select(.isCovered | not).name'`;

/** Adds `kiln modules`: which kernel modules and firmware an image gets, and why. */
export function addModules(program: Command, openKernel: OpenKernel): void {
  const command = program
    .command('modules')
    .summary('print the kernel modules of an image, with reasons')
    .description(
      'Prints every kernel module that an image gets, what asks for it, and the firmware that comes with it.',
    )
    .argument('<image>', 'the image file')
    .option('--cni', 'print what CNIs need of the kernel, and whether the image has it')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  withOverrides(command).action(async (image: string, options: ModulesOptions) => {
    const { request, tools, definition } = await openKernel(image, options);
    const selected = await selectModules(request, tools);
    if (options.cni) return await showCnis(selected, definition, request.sources, options);
    const report = reportModules(selected);
    print(options.json ? report : modulesTable(report));
  });
}

/** The table is worth seeing also when the definition names what is not covered: the error comes after it. */
async function showCnis(
  selected: SelectedModules,
  definition: Pick<Definition, 'file' | 'cni'>,
  sources: KernelRequest['sources'],
  { json }: ModulesOptions,
): Promise<void> {
  const { release } = selected.kernel;
  const cnis = await coverImage(selected);
  print(json ? { kernel: release, cnis } : coverageTable(cnis, release));
  refuseUncovered(definition, cnis, sources);
}

/** Text as it is, anything else as JSON. */
function print(shown: string | object): void {
  const text = typeof shown === 'string' ? shown : `${JSON.stringify(shown, undefined, 2)}\n`;
  process.stdout.write(text);
}
