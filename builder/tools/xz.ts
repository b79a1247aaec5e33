import { Readable } from 'node:stream';
import { KilnError } from '../report/errors.ts';
import { filter } from './run.ts';

/** How a package's members may be compressed (deb(5)). */
export type Compression = 'none' | 'gzip' | 'xz' | 'zstd';

/** Undoes the compressions that Node has no decoder for. */
export interface XzDecoder {
  /** A stream that fails when the compressed bytes are damaged or end early. */
  decode(compressed: Readable, kind: 'xz' | 'zstd'): Readable;
}

/** The part of the toolbox that is needed here. */
interface Programs {
  command(name: string): readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Several times slower than xz itself: only for the packages that bring xz. */
export const BOOTSTRAP_DECODER: XzDecoder = {
  decode: (compressed, kind) => {
    if (kind !== 'xz') {
      throw new KilnError(
        'verification',
        'A package that Kiln needs to start is compressed by zstd',
        {
          hint: 'The first tools are unpacked by a built-in decoder, which knows gzip and xz only.',
        },
      );
    }
    return Readable.from(decodeByWasm(compressed), { objectMode: false });
  },
};

/** Decompresses with the toolbox's own programs, which run beside us on another core. */
export function toolboxDecoder(toolbox: Programs, signal?: AbortSignal): XzDecoder {
  return {
    decode: (compressed, kind) => {
      const argv = [
        ...toolbox.command(kind),
        '--decompress',
        '--stdout',
        ...(kind === 'xz' ? ['--threads=1'] : []),
      ];
      return Readable.from(
        filter(argv, compressed, { env: toolbox.env, ...(signal && { signal }) }),
        {
          objectMode: false,
          highWaterMark: 1 << 20,
        },
      );
    },
  };
}

async function* decodeByWasm(compressed: Readable): AsyncGenerator<Uint8Array> {
  // Loaded only when needed: it carries its WebAssembly inside.
  const { default: decoder } = await import('xz-decompress');
  const reader = new decoder.XzReadableStream(bytesOf(compressed)).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } catch (error) {
    throw new Error('not xz, or cut short', { cause: error });
  } finally {
    compressed.destroy();
  }
}

/** The decoder reads a web stream of plain byte arrays. */
function bytesOf(stream: Readable): ReadableStream<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await chunks.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
}
