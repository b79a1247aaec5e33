import { Writable } from 'node:stream';

/** What a terminal or a log gets, for tests. */
export interface CapturedStream {
  readonly stream: Writable & {
    readonly columns: number;
    readonly rows: number;
    readonly isTTY: boolean;
  };
  /** All that was written so far. */
  text(): string;
}

/** A stream of that size that is a terminal or is none, and keeps what is written to it. */
export function capturedStream(isTTY: boolean, columns: number, rows: number): CapturedStream {
  let written = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  return { stream: Object.assign(stream, { columns, rows, isTTY }), text: () => written };
}
