import { type AttemptOptions, type Patience, tryAddresses } from './attempts.ts';
import { Failure } from './failure.ts';
import { type HttpAnswer, httpGet } from './http.ts';
import { Partial } from './partial.ts';
import type { Store, VerifiedPath, Wanted } from './store.ts';

/** Nothing that Kiln fetches is larger; for files whose size nobody says. */
const MAX_BYTES = 2 ** 31;

/** So many new bytes count as progress, so that a server cannot keep a download alive with trickles. */
const PROGRESS_BYTES = 256 * 1024;

export interface DownloadOptions extends Omit<AttemptOptions, 'hasAdvanced'> {
  readonly patience: Patience;
  readonly env: NodeJS.ProcessEnv;
  /** Told how many bytes of the file are there, and how many it will be, once that is known. */
  readonly onProgress: (bytes: number, totalBytes: number | undefined) => void;
}

/**
 * Downloads one file into the store, going on where an earlier try of this or another address
 * stopped: if the parts do not fit together, the digest says so.
 * Throws Exhausted when no address worked.
 */
export async function download(
  wanted: Wanted,
  store: Store,
  options: DownloadOptions,
): Promise<VerifiedPath> {
  await using partial = await Partial.take(store, wanted.sha256);
  if (wanted.sizeBytes !== undefined && partial.sizeBytes >= wanted.sizeBytes) {
    const whole = await finishOrForget(partial);
    if (whole !== undefined) return whole;
  }
  let furthest = partial.sizeBytes;
  const hasAdvanced = () => {
    const isFurther = partial.sizeBytes >= furthest + PROGRESS_BYTES;
    if (isFurther) furthest = partial.sizeBytes;
    return isFurther;
  };
  return await tryAddresses(wanted.urls, (url) => fromAddress(url, wanted, partial, options), {
    ...options,
    hasAdvanced,
  });
}

/** Resumes at one address; if what was there before does not fit, starts anew once. */
async function fromAddress(
  url: string,
  wanted: Wanted,
  partial: Partial,
  options: DownloadOptions,
): Promise<VerifiedPath> {
  const isResumed = partial.sizeBytes > 0;
  try {
    return await receive(url, wanted, partial, options);
  } catch (error) {
    if (!isResumed || !(error instanceof Failure) || error.kind !== 'wrong') throw error;
  }
  await partial.restart();
  return await receive(url, wanted, partial, options);
}

async function receive(
  url: string,
  wanted: Wanted,
  partial: Partial,
  options: DownloadOptions,
): Promise<VerifiedPath> {
  const headers = rangeHeaders(partial.sizeBytes);
  const answer = await httpGet(url, { ...options, headers, stallMs: options.patience.stallMs });
  // 416: there is nothing after the bytes that we have. The digest tells whether they are the file.
  if (answer.status === 416) answer.discard();
  else await save(answer, wanted, partial, options);
  return await partial.finish();
}

async function save(
  answer: HttpAnswer,
  wanted: Wanted,
  partial: Partial,
  options: DownloadOptions,
): Promise<void> {
  try {
    if (answer.status !== 206) await partial.restart();
    else if (startOf(answer) !== partial.sizeBytes) {
      throw new Failure('permanent', 'sends another range than it was asked for');
    }
    const total = totalOf(answer, partial, wanted);
    options.onProgress(partial.sizeBytes, total);
    for await (const chunk of answer.body) {
      if (partial.sizeBytes + chunk.length > (total ?? MAX_BYTES)) {
        throw await tooLong(partial, wanted);
      }
      await partial.append(chunk);
      options.onProgress(partial.sizeBytes, total);
    }
    if (total !== undefined && partial.sizeBytes < total) {
      throw new Failure('transient', `ended after ${partial.sizeBytes} of ${total} bytes`);
    }
  } finally {
    answer.discard();
  }
}

function rangeHeaders(from: number): Readonly<Record<string, string>> {
  return from > 0 ? { Range: `bytes=${from}-` } : {};
}

/** First byte of a partial answer: `Content-Range: bytes 100-199/200` (RFC 9110, section 14.4). */
function startOf(answer: HttpAnswer): number | undefined {
  const start = /^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

/** Size of the whole file. Throws when the server announces another size than the wanted one. */
function totalOf(answer: HttpAnswer, partial: Partial, wanted: Wanted): number | undefined {
  const length = answer.headers['content-length'];
  const announced = length === undefined ? undefined : partial.sizeBytes + Number(length);
  if (announced === undefined || announced === wanted.sizeBytes) return wanted.sizeBytes;
  if (wanted.sizeBytes !== undefined) {
    throw new Failure('wrong', `is ${announced} bytes long, not ${wanted.sizeBytes}`);
  }
  if (announced <= MAX_BYTES) return announced;
  throw new Failure('permanent', `is ${announced} bytes long: more than Kiln takes`);
}

async function tooLong(partial: Partial, wanted: Wanted): Promise<Failure> {
  await partial.restart();
  return new Failure('wrong', `is longer than ${wanted.sizeBytes ?? MAX_BYTES} bytes`);
}

async function finishOrForget(partial: Partial): Promise<VerifiedPath | undefined> {
  try {
    return await partial.finish();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
