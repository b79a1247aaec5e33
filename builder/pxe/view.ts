import { createLogUpdate } from 'log-update';
import { table } from '../report/table.ts';
import { type Client, type Clients, stageText } from './clients.ts';

/** Names of machines that the site knows, by hardware address. */
export type NameOf = (mac: string) => string | undefined;

const REDRAW_MS = 250;
/** What a terminal shows at a time; the rest is counted. */
const ROWS = 60;

/** The machines as a table: hardware address, name, what they do. Pure. */
export function clientTable(clients: readonly Client[], nameOf: NameOf): string {
  if (clients.length === 0) return 'No machine has asked yet.\n';
  const rows = clients
    .slice(-ROWS)
    .map(({ id, address, stage }) => [id, nameOf(id) ?? '-', address ?? '-', stageText(stage)]);
  const more = clients.length - rows.length;
  const shown = table([['MAC', 'NAME', 'ADDRESS', 'STAGE'], ...rows]);
  const strangers = clients.slice(-ROWS).flatMap((client) => strangerLine(client, nameOf) ?? []);
  return `${shown}${more > 0 ? `and ${more} before them\n` : ''}${strangers.join('')}`;
}

/**
 * What to write into the site file for a machine that is no node of it; undefined for all others. Pure.
 */
function strangerLine({ id, plate }: Client, nameOf: NameOf): string | undefined {
  if (plate === undefined || nameOf(id) !== undefined) return undefined;
  const facts = [
    `mac: "${id}"`,
    ...(plate.serial ? [`serial: "${plate.serial}"`] : []),
    ...(plate.uuid ? [`uuid: ${plate.uuid}`] : []),
  ];
  return `no node of the site: { ${facts.join(', ')} }\n`;
}

/** One line for a log. Pure. */
export function clientLine({ id, address, stage }: Client, nameOf: NameOf): string {
  const who = [id, nameOf(id), address === id ? undefined : address].filter((each) => each);
  return `${who.join(' ')}: ${stageText(stage)}\n`;
}

/** Shows the machines for as long as it lives: a table that is redrawn on a terminal, lines elsewhere. */
export class ClientView implements Disposable {
  readonly #clients: Clients;
  readonly #nameOf: NameOf;
  readonly #output: NodeJS.WriteStream;
  readonly #live: ReturnType<typeof createLogUpdate> | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  /** What was said last of each machine: of a download only that it has begun. */
  readonly #said = new Map<string, string>();

  constructor(clients: Clients, nameOf: NameOf, output: NodeJS.WriteStream) {
    this.#clients = clients;
    this.#nameOf = nameOf;
    this.#output = output;
    if (!output.isTTY) return;
    this.#live = createLogUpdate(output);
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#draw();
  }

  /** A machine was seen at another stage. */
  changed(client: Client): void {
    if (this.#live !== undefined) return;
    const { kind } = client.stage;
    const what = kind === 'root' ? kind : stageText(client.stage);
    if (this.#said.get(client.id) === what) return;
    const stranger = this.#said.has(`plate of ${client.id}`)
      ? undefined
      : strangerLine(client, this.#nameOf);
    this.#said.set(client.id, what);
    this.#output.write(clientLine(client, this.#nameOf));
    if (stranger === undefined) return;
    this.#said.set(`plate of ${client.id}`, stranger);
    this.#output.write(stranger);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#draw();
    this.#live?.done();
  }

  #draw(): void {
    this.#live?.(clientTable(this.#clients.all, this.#nameOf));
  }
}
