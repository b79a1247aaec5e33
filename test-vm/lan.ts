import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Scratch } from '../builder/report/scratch.ts';
import { addressesOf, FrameReader, vlanOf, withoutVlan, withVlan } from './frames.ts';

/** What waits for a card that takes nothing before frames are dropped, as a switch's buffer. */
const BUFFER_BYTES = 4 << 20;

/** What is special about a port of the switch. */
export interface PortOptions {
  /** The port is in this VLAN alone, and what is plugged in knows nothing of it: no tags come or go there. */
  readonly vlan?: number;
  /** All cards on the port are one link, as a switch's static link aggregation: each frame takes one of them. */
  readonly isAggregate?: boolean;
}

/** A port with the cards on it: one, or those of an aggregate. */
interface Port {
  readonly vlan: number | undefined;
  readonly cards: Set<Socket>;
}

/**
 * A network that virtual machines share, with no way out: a learning switch on Unix sockets, which
 * needs no privilege and nothing of the host's own network. VLAN tags pass through plain ports.
 */
export class Lan implements AsyncDisposable {
  /** Where cards connect to, each to a plain port of its own: `LanNic.socket`. */
  readonly socket: string;
  readonly #scratch: Scratch;
  readonly #servers: Server[] = [];
  readonly #ports = new Set<Port>();
  /** Which port an address was seen at; each VLAN has its own addresses. */
  readonly #learned = new Map<string, Port>();

  private constructor(scratch: Scratch) {
    this.#scratch = scratch;
    this.socket = join(scratch.path, 'lan.socket');
  }

  static async open(): Promise<Lan> {
    const lan = new Lan(await Scratch.create('lan'));
    await lan.#listen(lan.socket, () => ({ vlan: undefined, cards: new Set() }));
    return lan;
  }

  /** Opens a further socket, for cards on a port that is special. */
  async port({ vlan, isAggregate = false }: PortOptions): Promise<string> {
    const path = join(this.#scratch.path, `port${this.#servers.length}.socket`);
    const shared: Port = { vlan, cards: new Set() };
    await this.#listen(path, () => (isAggregate ? shared : { vlan, cards: new Set() }));
    return path;
  }

  async #listen(path: string, portOf: () => Port): Promise<void> {
    const server = createServer((card) => this.#connect(card, portOf()));
    this.#servers.push(server);
    server.listen(path);
    await once(server, 'listening');
  }

  #connect(card: Socket, port: Port): void {
    const reader = new FrameReader();
    port.cards.add(card);
    this.#ports.add(port);
    card.on('data', (bytes) => {
      for (const frame of reader.read(bytes)) this.#receive(port, frame);
    });
    // A machine whose power is cut ends its connections as it likes.
    card.on('error', () => undefined);
    card.on('close', () => this.#disconnect(card, port));
  }

  #disconnect(card: Socket, port: Port): void {
    port.cards.delete(card);
    if (port.cards.size > 0) return;
    this.#ports.delete(port);
    for (const [address, at] of this.#learned) if (at === port) this.#learned.delete(address);
  }

  #receive(from: Port, frame: Buffer): void {
    if (from.vlan === undefined) this.#forward(from, frame);
    // What has a tag already has no business on such a port.
    else if (vlanOf(frame) === undefined) this.#forward(from, withVlan(frame, from.vlan));
  }

  #forward(from: Port, frame: Buffer): void {
    const vlan = vlanOf(frame);
    const { source, destination } = addressesOf(frame);
    this.#learned.set(`${vlan}/${source}`, from);
    const known =
      destination === undefined ? undefined : this.#learned.get(`${vlan}/${destination}`);
    for (const port of known === undefined ? this.#ports : [known]) {
      if (port === from) continue;
      if (port.vlan === undefined) send(port, frame);
      else if (port.vlan === vlan) send(port, withoutVlan(frame));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nobody new comes in once they are closed; they are gone when the last connection is.
    const closed = this.#servers.map((server) => once(server.close(), 'close'));
    for (const { cards } of this.#ports) for (const card of cards) card.destroy();
    await Promise.all(closed);
    await this.#scratch[Symbol.asyncDispose]();
  }
}

/** One card of the port gets the frame: the first that has room. */
function send(port: Port, frame: Buffer): void {
  for (const card of port.cards) {
    if (card.writableLength >= BUFFER_BYTES) continue;
    card.write(frame);
    return;
  }
}
