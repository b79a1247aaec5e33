import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { KilnError } from '../report/errors.ts';
import type { Sighting, Stage } from './clients.ts';
import { nameOf, TEXT } from './http/resource.ts';
import { send } from './http/send.ts';
import { type Neighbours, plainAddress } from './neighbours.ts';
import { parseSeedPath, type SeedPath } from './seeds/address.ts';
import type { SeedKeeper } from './seeds/keeper.ts';
import type { Served, ServedFiles } from './served.ts';

/** A client that takes nothing for so long has gone. */
const IDLE_MS = 120_000;

/** More than a site's machines and whoever else is curious. */
const MOST_CONNECTIONS = 1024;

export interface PxeServerInput {
  readonly files: ServedFiles;
  /** Undefined when no site was given. */
  readonly seeds?: SeedKeeper | undefined;
  readonly neighbours: Neighbours;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  readonly onSighting: (sighting: Sighting) => void;
}

/** Who asks, as far as it can be seen. */
interface Peer {
  readonly address: string;
  readonly mac: string | undefined;
}

/** The web server of a network boot. It has what it was given, and opens nothing else. */
export class PxeServer implements AsyncDisposable {
  readonly #input: PxeServerInput;
  readonly #server: Server;

  private constructor(input: PxeServerInput) {
    this.#input = input;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.timeout = IDLE_MS;
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** @throws KilnError `host` when the port cannot be had */
  static async listen(
    input: PxeServerInput,
    place: { readonly host: string; readonly port: number },
  ): Promise<PxeServer> {
    const server = new PxeServer(input);
    try {
      server.#server.listen(place.port, place.host);
      await once(server.#server, 'listening');
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      throw new KilnError('host', `port ${place.port} of ${place.host} cannot be had: ${code}`, {
        hint: 'another program has it, or it needs root; --port names another one',
        cause,
      });
    }
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response, 405, 'only GET and HEAD');
    }
    const name = nameOf(request.url ?? '/');
    const seed = name === undefined ? undefined : parseSeedPath(name);
    const address = plainAddress(request.socket.remoteAddress);
    const peer = { address, mac: await this.#input.neighbours(address) };
    if (seed !== undefined) return await this.#answerSeed(seed, peer, request, response);
    const served = this.#input.files.get(name ?? '');
    if (served === undefined) return refuse(response, 404, 'not here');
    await this.#answerFile(served, peer, request, response);
  }

  async #answerFile(
    served: Served,
    peer: Peer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { part, resource } = served;
    const isGet = request.method === 'GET';
    if (isGet) this.#see(peer, beginningOf(part));
    // The kernel is what only a machine that starts asks for.
    if (isGet && part === 'kernel' && peer.mac !== undefined) {
      this.#input.seeds?.openWindow(peer.mac, this.#input.now());
    }
    let told = 0;
    const { isComplete } = await send(request, response, resource, (sentBytes) => {
      if (part !== 'root') return;
      const percent = Math.floor((sentBytes / resource.sizeBytes) * 100);
      if (percent > told) this.#see(peer, { kind: 'root', percent });
      told = percent;
    });
    if (isComplete && part === 'hash tree') this.#see(peer, { kind: 'starts' });
  }

  async #answerSeed(
    { mac, serial, file }: SeedPath,
    peer: Peer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { seeds, now } = this.#input;
    if (seeds === undefined) return refuse(response, 404, 'no seeds here');
    if (request.method !== 'GET') return refuse(response, 405, 'only GET');
    const asked = { file, claimed: { mac, serial }, seen: peer.mac };
    const answer = seeds.answer(asked, now());
    switch (answer.kind) {
      case 'refused':
        this.#see(peer, { kind: 'refused', reason: answer.reason });
        return refuse(response, 403, 'no seed for you');
      case 'missing':
        return refuse(response, 404, 'the seed has no such file');
      case 'given':
    }
    const bytes = Buffer.from(answer.text);
    // Always whole: who asks for parts could ask for ever without having had all of it.
    response.writeHead(200, {
      ...{ 'content-type': TEXT, 'content-length': bytes.length, 'cache-control': 'no-store' },
    });
    response.end(bytes);
    const hasArrived = await finished(response).then(
      () => true,
      () => false,
    );
    if (hasArrived) this.#see(peer, { kind: 'seed', file });
    else seeds.takeBack(asked);
  }

  #see({ address, mac }: Peer, stage: Stage | undefined): void {
    if (stage !== undefined) this.#input.onSighting({ address, mac, stage });
  }
}

function beginningOf(part: Served['part']): Stage | undefined {
  switch (part) {
    case 'boot loader':
    case 'boot script':
    case 'kernel':
      return { kind: part };
    case 'root':
      return { kind: 'root', percent: 0 };
    case 'initrd':
    case 'hash tree':
    case 'other':
      return undefined;
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  const body = `${reason}\n`;
  response.writeHead(status, { 'content-type': TEXT, 'content-length': body.length }).end(body);
}
