import { relative } from 'node:path';
import type { Sighting, Stage } from '../clients.ts';

const MAC = '(?:[0-9a-f]{2}:){5}[0-9a-f]{2}';
const ADDRESS = '\\d+\\.\\d+\\.\\d+\\.\\d+';
const VENDOR = /^dnsmasq-dhcp\[\d+\]: (\d+) vendor class: (?:PXE|HTTP)Client\b/;
const ASKS = new RegExp(
  `^dnsmasq-dhcp\\[\\d+\\]: (\\d+) (PXE|DHCPDISCOVER)\\(\\S+\\) (?:(${ADDRESS}) )?(${MAC})\\b`,
);
const TFTP = new RegExp(`^dnsmasq-tftp\\[\\d+\\]: sent (\\S+) to (${ADDRESS})$`);

/** More transactions than these are not under way at the same time. */
const MOST = 256;

/** Reads dnsmasq's log (`log-dhcp`), line by line, for what it tells of machines that boot. */
export class DhcpLog {
  /** Numbers of transactions in which firmware or iPXE asks: others are of systems that run. */
  readonly #booting = new Set<string>();
  readonly #tftpRoot: string;
  readonly #stageOf: (name: string) => Stage;

  /** @param stageOf what a file of TFTP's is to who has got it, by its name below the root */
  constructor(tftpRoot: string, stageOf: (name: string) => Stage) {
    this.#tftpRoot = tftpRoot;
    this.#stageOf = stageOf;
  }

  /** What a line says of a machine; undefined when it says nothing. */
  read(line: string): Sighting | undefined {
    const transaction = VENDOR.exec(line)?.[1];
    if (transaction !== undefined) {
      this.#booting.add(transaction);
      for (const oldest of this.#booting) {
        if (this.#booting.size <= MOST) break;
        this.#booting.delete(oldest);
      }
      return undefined;
    }
    const [, number, kind, address, mac] = ASKS.exec(line) ?? [];
    if (number !== undefined && (kind === 'PXE' || this.#booting.has(number))) {
      return { mac, address, stage: { kind: 'asks' } };
    }
    const [, path, receiver] = TFTP.exec(line) ?? [];
    if (path === undefined) return undefined;
    return { address: receiver, stage: this.#stageOf(relative(this.#tftpRoot, path)) };
  }
}
