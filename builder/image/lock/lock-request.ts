import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Diagnostic, SourcePos } from '../../report/diagnostic.ts';
import { type Sha256, sha256 } from '../../report/sha256.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Arch } from '../arch.ts';
import { canonicalJson, resolutionChecksum } from '../definition/checksum.ts';
import type { Definition, Suite } from '../definition/definition.ts';
import type { Reading } from '../definition/load.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { SUITES } from '../definition/schema.ts';
import type { ToolsDefinition } from '../definition/tools-schema.ts';
import type { Wish } from './resolve.ts';

/** What is to be locked: the part of an image's or the tools' definition that decides on packages. */
export interface LockRequest {
  /** The definition's name in the lock file: below Kiln's own directory, or beside the lock file. */
  readonly file: string;
  readonly arch: Arch;
  readonly suites: Readonly<Record<string, Suite>>;
  readonly wanted: readonly Wish[];
  readonly omitted: readonly Wish[];
  /** The lock is stale when this no longer matches. */
  readonly checksum: Sha256;
  /** Reports what is wrong with the wishes, at their places in the definition. */
  readonly fail: (diagnostics: readonly Diagnostic[]) => never;
}

/** A definition with the places where its parts were written. */
interface Located<T> {
  readonly definition: T;
  readonly sources: Sources;
}

/** The part of an image's definition that decides on packages; only a wrong one has no kernel. */
type Resolvable = Pick<Definition, 'file' | 'arch' | 'suites' | 'packages' | 'omit'> & {
  readonly kernel?: Pick<Definition['kernel'], 'flavour'> | undefined;
};

/** The request of an image: its packages and the kernel of its flavour. */
export function requestOfImage({ definition, sources }: Located<Resolvable>): LockRequest {
  const { file, arch, suites, kernel } = definition;
  return {
    file: shortName(file, file),
    arch,
    suites,
    wanted: [...wishesOf(definition, sources), ...kernelWishOf(file, kernel, sources)],
    omitted: omissionsOf(definition, sources),
    checksum: resolutionChecksum(definition),
    fail: (diagnostics) => sources.fail(diagnostics),
  };
}

/**
 * The request of an image file in which something may be wrong, for what can be found out all the same. Undefined
 * when it does not say where packages come from.
 */
export function requestOfDraft({ file, draft, sources }: Reading): LockRequest | undefined {
  const { arch, packages = [], omit = {}, kernel } = draft;
  const suites = sources.intact(['suites'], SUITES);
  const isSupplied = suites && Object.values(suites).some(({ only }) => only === undefined);
  if (!arch || !isSupplied) return undefined;
  // That a package is both wanted and omitted was reported when the file was read.
  const left = Object.entries(omit).filter(([name]) => !packages.includes(name));
  const definition = { file, arch, suites, packages, omit: Object.fromEntries(left), kernel };
  return requestOfImage({ definition, sources });
}

/** The request of Kiln's own tools, for the architecture of the machine that builds. */
export function requestOfTools(
  { definition, sources }: Located<ToolsDefinition>,
  arch: Arch,
): LockRequest {
  return {
    file: shortName(definition.file, definition.file),
    arch,
    suites: definition.suites,
    wanted: wishesOf(definition, sources),
    omitted: omissionsOf(definition, sources),
    checksum: toolsChecksum(definition, arch),
    fail: (diagnostics) => sources.fail(diagnostics),
  };
}

/** As resolutionChecksum, for the tools: decides whether their lock is stale. */
function toolsChecksum(definition: ToolsDefinition, arch: Arch): Sha256 {
  const { suites, packages, omit } = definition;
  return sha256(
    canonicalJson({
      arch,
      suites,
      packages: [...packages].sort(),
      omit: Object.keys(omit).sort(),
    }),
  );
}

type Wishing = Pick<ToolsDefinition, 'file' | 'packages' | 'omit'>;

function wishesOf({ file, packages }: Wishing, sources: Sources): readonly Wish[] {
  return [...new Set(packages)].map((name) => {
    const at = sources.ofItem(['packages'], name);
    return { name, from: labelOf(at, file), at };
  });
}

function kernelWishOf(
  file: string,
  kernel: Resolvable['kernel'],
  sources: Sources,
): readonly Wish[] {
  if (kernel === undefined) return [];
  const at = sources.at(['kernel', 'flavour']);
  return [{ name: `linux-image-${kernel.flavour}`, from: labelOf(at, file), at }];
}

function omissionsOf({ file, omit }: Wishing, sources: Sources): readonly Wish[] {
  return Object.keys(omit).map((name) => {
    const at = sources.keyAt(['omit'], name) ?? sources.at(['omit', name]);
    return { name, from: labelOf(at, file), at };
  });
}

function labelOf(at: SourcePos, definitionFile: string): string {
  return shortName(at.file.name, definitionFile);
}

/** The same in every checkout and from every working directory, as it goes into the lock file. */
function shortName(file: string, definitionFile: string): string {
  const inProject = relative(PROJECT_DIRECTORY, resolve(file));
  const isInProject = !inProject.startsWith('..') && !isAbsolute(inProject);
  return isInProject ? inProject : relative(dirname(resolve(definitionFile)), resolve(file));
}
