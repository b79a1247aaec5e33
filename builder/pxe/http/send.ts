import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseRange, type Range } from './range.ts';
import type { Resource } from './resource.ts';

/** How much of a file is in memory for each client. */
const CHUNK_BYTES = 128 * 1024;

/** How an answer went. */
export interface Sent {
  /** Whether the resource's last byte has gone out, and none of those that were asked for is missing. */
  readonly isComplete: boolean;
}

/**
 * Answers a GET or HEAD: whole or in part, with what firmware asks for (Content-Length), and no faster than the
 * client takes it. A client that goes away is no error.
 */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  resource: Resource,
  onBytes: (sentBytes: number) => void = () => undefined,
): Promise<Sent> {
  const etag = `"${resource.sha256}"`;
  const common = { etag, 'accept-ranges': 'bytes', 'content-type': resource.type };
  if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) {
    response.writeHead(304, { etag }).end();
    return { isComplete: false };
  }
  const range = rangeOf(request, resource, etag);
  if (range.kind === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${resource.sizeBytes}` }).end();
    return { isComplete: false };
  }
  const { first, last } = range.kind === 'part' ? range : wholeOf(resource);
  const contentRange = { 'content-range': `bytes ${first}-${last}/${resource.sizeBytes}` };
  response.writeHead(range.kind === 'part' ? 206 : 200, {
    ...common,
    'content-length': last - first + 1,
    ...(range.kind === 'part' && contentRange),
  });
  if (request.method === 'HEAD') {
    response.end();
    return { isComplete: false };
  }
  let at = first;
  const count = new Transform({
    transform: (chunk: Buffer, _, done) => {
      at += chunk.length;
      onBytes(at);
      done(null, chunk);
    },
  });
  try {
    await pipeline(partOf(resource, first, last), count, response);
    return { isComplete: last === resource.sizeBytes - 1 };
  } catch {
    response.destroy();
    return { isComplete: false };
  }
}

function rangeOf(request: IncomingMessage, resource: Resource, etag: string): Range {
  const condition = request.headers['if-range'];
  if (condition !== undefined && condition !== etag) return { kind: 'whole' };
  return parseRange(request.headers.range, resource.sizeBytes);
}

function wholeOf({ sizeBytes }: Resource): { readonly first: number; readonly last: number } {
  return { first: 0, last: sizeBytes - 1 };
}

function partOf({ content }: Resource, first: number, last: number): Readable {
  if (content.kind === 'bytes') return Readable.from([content.bytes.subarray(first, last + 1)]);
  if (last < first) return Readable.from([]);
  return createReadStream(content.path, { start: first, end: last, highWaterMark: CHUNK_BYTES });
}
