import { type Sha256, sha256 } from '../../report/sha256.ts';
import { damaged, readUnverified } from './range-reader.ts';
import type { Content, Tree } from './tree.ts';
import { resolveInTree } from './tree-path.ts';

/** How many bytes a content has. */
export function sizeOf(content: Content): number {
  return content.kind === 'bytes' ? content.bytes.length : content.sizeBytes;
}

/** SHA-256 of a content: a range brings its own, bytes in memory are hashed. */
export function digestOf(content: Content): Sha256 {
  return content.kind === 'bytes' ? sha256(content.bytes) : content.sha256;
}

/** Text that Kiln itself wrote, as the content of a file. */
export function textContent(text: string): Content {
  return { kind: 'bytes', bytes: Buffer.from(text) };
}

/** All bytes of a content, verified. For small files. */
export async function readContent(content: Content): Promise<Buffer> {
  if (content.kind === 'bytes') return content.bytes;
  const bytes = readUnverified(content);
  if (sha256(bytes) !== content.sha256) throw damaged(content);
  return bytes;
}

/** Some bytes of a content, fewer at its end. Not verified: whoever ships the file verifies all of it. */
export async function peekContent(
  content: Content,
  offset: number,
  length: number,
): Promise<Buffer> {
  const wanted = Math.max(0, Math.min(length, sizeOf(content) - offset));
  if (content.kind === 'bytes') return content.bytes.subarray(offset, offset + wanted);
  return readUnverified({ ...content, offset: content.offset + offset, sizeBytes: wanted });
}

/** The text of a tree's file, found through symlinks; undefined when there is no such file. */
export async function readText(tree: Tree, path: string): Promise<string | undefined> {
  const entry = resolveInTree(tree, path);
  if (entry?.kind !== 'file') return undefined;
  return (await readContent(entry.content)).toString('utf8');
}
