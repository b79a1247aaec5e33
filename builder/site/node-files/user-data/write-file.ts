import type { JsonObject } from '../../definition/json.ts';

/** A file that cloud-init writes on each boot, before k0s starts. */
export interface WrittenFile {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Octal; 0644 if nothing is said. */
  readonly permissions?: '0600' | '0400';
  /** User that it belongs to; root if nothing is said. The image has k0s's users from the start. */
  readonly owner?: string;
}

/** An item of `write_files`. Pure. */
export function writeFile({ path, content, permissions, owner }: WrittenFile): JsonObject {
  return {
    path,
    ...(owner !== undefined && { owner: `${owner}:root` }),
    permissions: permissions ?? '0644',
    ...(typeof content === 'string'
      ? { content }
      : { encoding: 'b64', content: Buffer.from(content).toString('base64') }),
  };
}
