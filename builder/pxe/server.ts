import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { KilnError } from '../report/errors.ts';
import type { Plate, Sighting, Stage } from './clients.ts';
import { nameOf, TEXT } from './http/resource.ts';
import { send } from './http/send.ts';
import { type Neighbours, plainAddress } from './neighbours.ts';
import {
  MACHINE_SCRIPT,
  parseMachineQuery,
  parseSeedPath,
  type SeedPath,
} from './seeds/address.ts';
import { Installs } from './seeds/installs.ts';
import type { SeedKeeper } from './seeds/keeper.ts';
import { type Served, type ServedFiles, START_SCRIPTS, startScript } from './served.ts';

/** A client that takes nothing for so long has gone. */
const IDLE_MS = 120_000;

/** Where a machine says that it has installed itself. */
const INSTALLED = 'installed';

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
  readonly #installs = new Installs();

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
    const target = request.url ?? '/';
    const name = nameOf(target) ?? '';
    const address = plainAddress(request.socket.remoteAddress);
    const peer = { address, mac: await this.#input.neighbours(address) };
    if (request.method === 'POST' && name === INSTALLED) return this.#noteInstalled(peer, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response, 405, 'only GET and HEAD');
    }
    const seed = parseSeedPath(name);
    if (seed !== undefined) return await this.#answerSeed(seed, peer, request, response);
    const script = name === MACHINE_SCRIPT ? this.#startOf(target, peer) : name;
    const served = name.startsWith(START_SCRIPTS) ? undefined : this.#input.files.get(script);
    if (served === undefined) return refuse(response, 404, 'not here');
    await this.#answerFile(served, peer, request, response);
  }

  /** The script for a machine that says who it is. */
  #startOf(target: string, peer: Peer): string {
    const { seeds } = this.#input;
    const claimed = parseMachineQuery(target);
    const node = seeds?.whoIs(peer.mac, claimed);
    const start = this.#installs.startOf(peer.mac, node);
    const stage: Stage = { kind: start === 'disk' ? 'from disk' : 'boot script' };
    const { serial, uuid } = claimed;
    const isItself = claimed.mac === peer.mac;
    this.#see(peer, stage, seeds && isItself ? { serial, uuid } : undefined);
    return startScript(start);
  }

  /** Whoever says so for another machine only has it start from its disk. */
  #noteInstalled(peer: Peer, response: ServerResponse): void {
    if (this.#installs.finish(peer.mac)) {
      this.#see(peer, { kind: 'installed' });
      response.writeHead(204).end();
    } else {
      refuse(response, 404, 'nothing was to be installed');
    }
  }

  async #answerFile(
    served: Served,
    peer: Peer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { part, resource } = served;
    const isGet = request.method === 'GET';
    // What its script was is told by who has chosen it.
    if (isGet && part !== 'boot script') this.#see(peer, beginningOf(part));
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
    { file, ...claimed }: SeedPath,
    peer: Peer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { seeds, now } = this.#input;
    if (seeds === undefined) return refuse(response, 404, 'no seeds here');
    if (request.method !== 'GET') return refuse(response, 405, 'only GET');
    const asked = { file, claimed, seen: peer.mac };
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
    const isInstalling = this.#installs.isInstalling(peer.mac);
    if (hasArrived) this.#see(peer, isInstalling ? { kind: 'installing' } : { kind: 'seed', file });
    else seeds.takeBack(asked);
  }

  #see({ address, mac }: Peer, stage: Stage | undefined, plate?: Plate): void {
    if (stage === undefined) return;
    this.#input.onSighting({ address, mac, stage, ...(plate && { plate }) });
  }
}

function beginningOf(part: Served['part']): Stage | undefined {
  switch (part) {
    case 'boot loader':
    case 'kernel':
    case 'installer files':
      return { kind: part };
    case 'root':
      return { kind: 'root', percent: 0 };
    case 'boot script':
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
