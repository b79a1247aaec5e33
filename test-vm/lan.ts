import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Scratch } from '../builder/report/scratch.ts';
import { addressesOf, FrameReader } from './frames.ts';

/** What waits for a card that takes nothing before frames are dropped, as a switch's buffer. */
const BUFFER_BYTES = 4 << 20;

/**
 * A network that virtual machines share, with no way out: a learning switch on a Unix socket, which
 * needs no privilege and nothing of the host's own network. VLAN tags pass through.
 */
export class Lan implements AsyncDisposable {
  /** Where cards connect to: `LanNic.socket`. */
  readonly socket: string;
  readonly #scratch: Scratch;
  readonly #server: Server;
  readonly #cards = new Set<Socket>();
  /** Which card an address was seen at. */
  readonly #learned = new Map<string, Socket>();

  private constructor(scratch: Scratch, server: Server, socket: string) {
    this.#scratch = scratch;
    this.#server = server;
    this.socket = socket;
    server.on('connection', (card) => this.#connect(card));
  }

  static async open(): Promise<Lan> {
    const scratch = await Scratch.create('lan');
    const path = join(scratch.path, 'lan.socket');
    const server = createServer();
    const lan = new Lan(scratch, server, path);
    server.listen(path);
    await once(server, 'listening');
    return lan;
  }

  #connect(card: Socket): void {
    const reader = new FrameReader();
    this.#cards.add(card);
    card.on('data', (bytes) => {
      for (const frame of reader.read(bytes)) this.#forward(card, frame);
    });
    // A machine whose power is cut ends its connections as it likes.
    card.on('error', () => undefined);
    card.on('close', () => {
      this.#cards.delete(card);
      for (const [address, at] of this.#learned) if (at === card) this.#learned.delete(address);
    });
  }

  #forward(from: Socket, frame: Buffer): void {
    const { source, destination } = addressesOf(frame);
    this.#learned.set(source, from);
    const known = destination === undefined ? undefined : this.#learned.get(destination);
    for (const card of known === undefined ? this.#cards : [known]) {
      if (card !== from && card.writableLength < BUFFER_BYTES) card.write(frame);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const card of this.#cards) card.destroy();
    this.#server.close();
    await once(this.#server, 'close');
    await this.#scratch[Symbol.asyncDispose]();
  }
}
