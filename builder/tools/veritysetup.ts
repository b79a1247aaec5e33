import { KilnError } from '../report/errors.ts';
import { run } from './run.ts';
import type { Toolbox } from './toolbox.ts';

export interface VerityOptions {
  /** The file system that is protected. */
  readonly data: string;
  /** File that gets the hash tree; made. */
  readonly hash: string;
  /** Hexadecimal. */
  readonly salt: string;
  /** Of the hash tree's superblock. */
  readonly uuid: string;
}

/** Makes the dm-verity hash tree of a file system. Returns the root hash, 64 hexadecimal digits. */
export async function veritysetupFormat(
  toolbox: Toolbox,
  options: VerityOptions,
  signal?: AbortSignal,
): Promise<string> {
  const argv = [...toolbox.command('veritysetup'), ...veritysetupFormatArgs(options)];
  const { stdout } = await run(argv, { env: toolbox.env, ...(signal && { signal }) });
  const rootHash = /^Root hash:\s*([0-9a-f]{64})$/m.exec(stdout)?.[1];
  if (rootHash !== undefined) return rootHash;
  throw new KilnError('tool', `veritysetup told no root hash: ${JSON.stringify(stdout)}`);
}

/** Checks a file system against its hash tree, as the kernel would; fails with a ToolError. */
export async function veritysetupVerify(
  toolbox: Toolbox,
  { data, hash, rootHash }: Pick<VerityOptions, 'data' | 'hash'> & { readonly rootHash: string },
  signal?: AbortSignal,
): Promise<void> {
  const argv = [...toolbox.command('veritysetup'), 'verify', data, hash, rootHash];
  await run(argv, { env: toolbox.env, ...(signal && { signal }) });
}

export function veritysetupFormatArgs({
  data,
  hash,
  salt,
  uuid,
}: VerityOptions): readonly string[] {
  return [
    'format',
    '--format=1',
    '--hash=sha256',
    '--data-block-size=4096',
    '--hash-block-size=4096',
    `--salt=${salt}`,
    `--uuid=${uuid}`,
    data,
    hash,
  ];
}
