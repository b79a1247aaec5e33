import { createSocket } from 'node:dgram';

// A machine's firmware that looks for a boot server: sends one DHCPDISCOVER as the first argument says, and prints
// what answers within the time. Run in a network namespace whose card has no address yet.

/** What the client says, and what it got: addresses as text, options that matter by their name. */
export interface DhcpOffer {
  readonly type: number | undefined;
  readonly server: string | undefined;
  readonly yourAddress: string;
  readonly nextServer: string;
  readonly file: string;
  readonly vendorClass: string | undefined;
  /** Option 43, as it is, in hexadecimal digits. */
  readonly vendorOptions: string | undefined;
}

export interface DhcpQuestion {
  readonly mac: string;
  /** Option 93. */
  readonly arch: number;
  /** Option 60, before ":Arch:". */
  readonly vendorClass: 'PXEClient' | 'HTTPClient';
  /** Whether it is iPXE that asks (option 175). */
  readonly isIpxe: boolean;
  /** Where to send it: everybody's port 67, or port 4011 of a boot server that has answered. */
  readonly to: { readonly address: string; readonly port: number };
  readonly own?: string;
  /** Number of the menu's item that was chosen (option 43, 71), as firmware of old PCs tells port 4011. */
  readonly item?: number;
  readonly waitMs: number;
}

const COOKIE = Buffer.from([0x63, 0x82, 0x53, 0x63]);
const HEADER_BYTES = 236;

/** RFC 2131, section 2, with the options of RFC 4578. Pure. */
export function discover(question: DhcpQuestion): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.set([1, 1, 6, 0, 0xca, 0xfe, 0x00, 0x01], 0);
  // Answers go to everybody: there is no address yet.
  header.writeUInt16BE(question.own === undefined ? 0x8000 : 0, 10);
  header.set((question.own ?? '0.0.0.0').split('.').map(Number), 12);
  header.set(Buffer.from(question.mac.replaceAll(':', ''), 'hex'), 28);
  const vendor = `${question.vendorClass}:Arch:${String(question.arch).padStart(5, '0')}:UNDI:003001`;
  const options = [
    [53, question.own === undefined ? 1 : 3],
    [60, ...Buffer.from(vendor)],
    [93, 0, question.arch],
    [94, 1, 3, 1],
    [97, 0, ...Buffer.alloc(16, 7)],
    [55, 1, 3, 43, 54, 60, 66, 67],
    ...(question.item === undefined
      ? []
      : [[43, 71, 4, question.item >> 8, question.item & 255, 0, 0, 255]]),
    ...(question.isIpxe ? [[175, 1, 1, 1]] : []),
  ];
  const bytes = options.flatMap(([code = 0, ...data]) => [code, data.length, ...data]);
  return Buffer.concat([header, COOKIE, Buffer.from([...bytes, 255])], 548);
}

/** Reads an answer. Pure. */
function readOffer(packet: Buffer): DhcpOffer {
  const options = optionsOf(packet.subarray(HEADER_BYTES + COOKIE.length));
  const ip = (at: number): string => [...packet.subarray(at, at + 4)].join('.');
  const file = text(packet.subarray(108, 236)) || text(options.get(67));
  const server = options.get(54);
  return {
    type: options.get(53)?.[0],
    server: server && [...server].join('.'),
    yourAddress: ip(16),
    nextServer: ip(20),
    file,
    vendorClass: options.has(60) ? text(options.get(60)) : undefined,
    vendorOptions: options.get(43)?.toString('hex'),
  };
}

function optionsOf(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const code = bytes[at] ?? 255;
    if (code === 255) break;
    if (code === 0) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    options.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return options;
}

function text(bytes: Buffer | undefined): string {
  return (bytes?.toString('latin1') ?? '').replace(/\0.*$/s, '');
}

async function ask(question: DhcpQuestion): Promise<readonly DhcpOffer[]> {
  const socket = createSocket('udp4');
  const offers: DhcpOffer[] = [];
  socket.on('message', (packet) => offers.push(readOffer(packet)));
  await new Promise<void>((resolve) => socket.bind(68, '0.0.0.0', resolve));
  socket.setBroadcast(true);
  socket.send(discover(question), question.to.port, question.to.address);
  await new Promise((resolve) => setTimeout(resolve, question.waitMs));
  socket.close();
  return offers;
}

const [, program, argument] = process.argv;
if (program?.endsWith('dhcp-client.js') && argument !== undefined) {
  const question: DhcpQuestion = JSON.parse(argument);
  process.stdout.write(JSON.stringify(await ask(question)));
}
