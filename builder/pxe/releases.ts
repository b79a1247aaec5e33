import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BootChoice, NetbootFiles } from '../image/artifacts/boot-script.ts';
import { boardTarFile, cmdlineFiles, netbootFiles } from '../image/artifacts/netboot.ts';
import { type Manifest, readManifest } from '../image/release/manifest.ts';
import { KilnError } from '../report/errors.ts';
import { sha256OfFile } from '../report/sha256.ts';
import { readBoardFiles } from './board-files.ts';
import { BINARY, type Resource } from './http/resource.ts';

/** A release that machines can boot over the network. */
export interface NetRelease {
  readonly choice: BootChoice;
  readonly files: NetbootFiles;
  readonly resources: ReadonlyMap<string, Resource>;
  /** What a board gets over TFTP before it can ask for anything else; empty where there is UEFI or BIOS. */
  readonly boardFiles: ReadonlyMap<string, Buffer>;
}

/**
 * Opens releases, one an architecture, and compares the files of their network boot with the manifests.
 * @throws KilnError when there is none in a release, one is not as it was built, or two are for one architecture
 */
export async function openReleases(directories: readonly string[]): Promise<readonly NetRelease[]> {
  const releases: NetRelease[] = [];
  for (const directory of directories) {
    const release = await openRelease(directory);
    const other = releases.find(({ choice }) => choice.arch === release.choice.arch);
    if (other !== undefined) {
      throw new KilnError(
        'usage',
        `both ${other.choice.title} and ${release.choice.title} are for ${release.choice.arch}: nobody could say which one a machine gets`,
        { hint: 'give one release for each architecture' },
      );
    }
    releases.push(release);
  }
  return releases;
}

async function openRelease(directory: string): Promise<NetRelease> {
  const manifest = await readManifest(directory);
  const files = netbootFiles(manifest);
  const wanted = [files.uki, files.root, files.hashTree];
  const installed = [files.system, files.loader, files.loaderConf];
  const bios = files.bios === undefined ? [] : [files.bios.kernel, files.bios.initrd];
  const cmdlineNames = cmdlineFiles(manifest);
  const resources = new Map<string, Resource>();
  for (const name of [...wanted, ...installed, ...bios, ...Object.values(cmdlineNames)]) {
    resources.set(name, await openFile(directory, name, manifest));
  }
  const read = async (name: string) => (await readFile(join(directory, name), 'utf8')).trim();
  const cmdlines = {
    diskless: await read(cmdlineNames.diskless),
    install: await read(cmdlineNames.install),
  };
  const title = `${manifest.name} ${manifest.version} for ${manifest.arch}`;
  const boardFiles = await openBoardFiles(directory, manifest);
  return { choice: { title, arch: manifest.arch, files, cmdlines }, files, resources, boardFiles };
}

async function openBoardFiles(
  directory: string,
  manifest: Manifest,
): Promise<ReadonlyMap<string, Buffer>> {
  const tar = boardTarFile(manifest);
  if (!manifest.outputs.some(({ file }) => file === tar)) return new Map();
  await openFile(directory, tar, manifest);
  return await readBoardFiles(join(directory, tar));
}

async function openFile(directory: string, name: string, manifest: Manifest): Promise<Resource> {
  const output = manifest.outputs.find(({ file }) => file === name);
  if (output === undefined) {
    throw new KilnError('usage', `the release ${directory} has nothing for a network boot`, {
      hint: 'put `netboot` into the definition’s `artifacts` and build it again',
    });
  }
  const path = resolve(join(directory, name));
  const { size } = await stat(path).catch(() => ({ size: -1 }));
  if (size !== output.sizeBytes || (await sha256OfFile(path)) !== output.sha256) {
    throw new KilnError('verification', `${path} is not what was built`, {
      hint: `run \`kiln verify ${directory}\`, and build the release again`,
    });
  }
  const { sizeBytes, sha256 } = output;
  return { sizeBytes, sha256, type: BINARY, content: { kind: 'file', path } };
}
