import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** One way to misbehave. */
export type Fault =
  /** Announces the whole length, sends so many bytes and breaks the connection. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** Sends so many bytes without announcing a length, and ends as if that were all. */
  | { readonly kind: 'short'; readonly afterBytes: number }
  /** Flips all bits of the byte at the offset (of the whole file). */
  | { readonly kind: 'corrupt'; readonly at: number }
  /** Sends so many bytes, then nothing more, and keeps the connection open. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'status'; readonly status: number }
  /** To a path of this server or to an address; a path that redirects to itself is a loop. */
  | { readonly kind: 'redirect'; readonly to: string }
  /** Answers a request for a range with the whole file. */
  | { readonly kind: 'ignore-range' }
  /** Announces and sends so many more bytes than the file has. */
  | { readonly kind: 'longer'; readonly byBytes: number }
  /** Sends other bytes of the same length. */
  | { readonly kind: 'replace'; readonly bytes: Buffer }
  /** Sends the file in pieces with pauses in between. */
  | { readonly kind: 'slow'; readonly pieceBytes: number; readonly pauseMs: number }
  | { readonly kind: 'none' };

/** A request as the server saw it. */
export interface Seen {
  readonly path: string;
  readonly range: string | undefined;
}

const FOREVER = Number.POSITIVE_INFINITY;

/** A web server on this machine with a few files, which misbehaves as told. */
export class MirrorServer implements AsyncDisposable {
  /** Address without a slash at the end. */
  readonly url: string;
  readonly requests: Seen[] = [];
  /** How many connections were made. */
  connections = 0;
  readonly #server: Server;
  readonly #files: Map<string, Buffer>;
  readonly #faults = new Map<string, { fault: Fault; times: number }[]>();

  private constructor(server: Server, files: Map<string, Buffer>) {
    this.#server = server;
    this.#files = files;
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    this.url = `http://127.0.0.1:${port}`;
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('request', (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  /** Starts a server with these files by path (`/debian/dists/…`). */
  static async start(files: Readonly<Record<string, Buffer | string>> = {}): Promise<MirrorServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const entries = Object.entries(files).map(
      ([path, bytes]) => [path, Buffer.from(bytes)] as const,
    );
    return new MirrorServer(server, new Map(entries));
  }

  /** Adds or replaces a file. */
  put(path: string, bytes: Buffer | string): void {
    this.#files.set(path, Buffer.from(bytes));
  }

  /** Misbehaves on the next requests for the path (`*`: any), before those told later. */
  misbehave(path: string, fault: Fault, times = 1): void {
    const queue = this.#faults.get(path) ?? [];
    queue.push({ fault, times });
    this.#faults.set(path, queue);
  }

  /** Misbehaves on each request for the path from now on. */
  misbehaveAlways(path: string, fault: Fault): void {
    this.misbehave(path, fault, FOREVER);
  }

  /** Forgets all misbehaviour that was told for the path. */
  behave(path: string): void {
    this.#faults.delete(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #nextFault(path: string): Fault {
    const queue = this.#faults.get(path) ?? (path === '*' ? undefined : this.#faults.get('*'));
    const first = queue?.[0];
    if (first === undefined) return { kind: 'none' };
    first.times -= 1;
    if (first.times <= 0) queue?.shift();
    return first.fault;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '/', this.url).pathname);
    this.requests.push({ path, range: request.headers.range });
    const fault = this.#nextFault(path);
    if (fault.kind === 'silence') return;
    if (fault.kind === 'status') return void response.writeHead(fault.status).end('no');
    if (fault.kind === 'redirect') {
      return void response.writeHead(302, { Location: fault.to }).end();
    }
    const file = this.#files.get(path);
    if (file === undefined) return void response.writeHead(404).end('not here');
    await sendFile(response, altered(file, fault), fault, request.headers.range);
  }
}

function altered(file: Buffer, fault: Fault): Buffer {
  if (fault.kind === 'replace') return fault.bytes;
  if (fault.kind === 'longer') return Buffer.concat([file, Buffer.alloc(fault.byBytes)]);
  if (fault.kind !== 'corrupt') return file;
  const copy = Buffer.from(file);
  copy[fault.at] = (copy[fault.at] ?? 0) ^ 0xff;
  return copy;
}

async function sendFile(
  response: ServerResponse,
  file: Buffer,
  fault: Fault,
  range: string | undefined,
): Promise<void> {
  const wanted =
    fault.kind === 'ignore-range' ? undefined : /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
  const from = Number(wanted ?? 0);
  if (wanted !== undefined && from >= file.length) {
    response.writeHead(416, { 'Content-Range': `bytes */${file.length}` }).end();
    return;
  }
  const body = file.subarray(from);
  const contentRange = `bytes ${from}-${file.length - 1}/${file.length}`;
  response.writeHead(wanted === undefined ? 200 : 206, {
    ...(wanted === undefined ? {} : { 'Content-Range': contentRange }),
    ...(fault.kind === 'short' ? {} : { 'Content-Length': body.length }),
  });
  await sendBody(response, body, fault);
}

async function sendBody(response: ServerResponse, body: Buffer, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'truncate':
      response.write(body.subarray(0, fault.afterBytes), () => response.destroy());
      return;
    case 'stall':
      response.write(body.subarray(0, fault.afterBytes));
      return;
    case 'short':
      response.end(body.subarray(0, fault.afterBytes));
      return;
    case 'slow':
      for (let at = 0; at < body.length && !response.destroyed; at += fault.pieceBytes) {
        response.write(body.subarray(at, at + fault.pieceBytes));
        await delay(fault.pauseMs);
      }
      response.end();
      return;
    default:
      response.end(body);
  }
}
