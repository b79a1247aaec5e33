import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type DhcpInput, dhcpConfig } from '../../image/artifacts/dnsmasq.ts';
import { KilnError } from '../../report/errors.ts';
import { Scratch } from '../../report/scratch.ts';
import { type Running, start } from '../../tools/run.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import type { TftpFile } from '../board-files.ts';
import type { Sighting, Stage } from '../clients.ts';
import { DhcpLog } from './log.ts';

export interface DhcpServerInput extends Omit<DhcpInput, 'tftpRoot' | 'leases' | 'user'> {
  /** What firmware gets over TFTP, by name. */
  readonly files: ReadonlyMap<string, TftpFile>;
  /** What a file is to who gets it, by its name. */
  readonly stageOf: (name: string) => Stage;
  readonly toolbox: Toolbox;
  readonly onSighting: (sighting: Sighting) => void;
  readonly signal?: AbortSignal;
}

/** Last lines of the log, for the message when it ends. */
const KEPT_LINES = 8;
const STARTED = /^dnsmasq\[\d+\]: started|TFTP root is/;

/** dnsmasq: DHCP beside another server or alone, and TFTP. Leaving the block that started it ends it. */
export class DhcpServer implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #running: Running;
  readonly #lines: string[] = [];
  /** Rejects when it ends by itself. */
  readonly ended: Promise<never>;
  #isStopping = false;

  private constructor(scratch: Scratch, running: Running) {
    this.#scratch = scratch;
    this.#running = running;
    this.ended = running.exited.then(async () => {
      if (this.#isStopping) return await new Promise<never>(() => undefined);
      throw this.#failure();
    });
    this.ended.catch(() => undefined);
  }

  /** @throws KilnError when it cannot serve: its ports are taken, or need root */
  static async start(input: DhcpServerInput): Promise<DhcpServer> {
    const scratch = await Scratch.create('dhcp');
    // dnsmasq gives root up, and then opens what it sends.
    await chmod(scratch.path, 0o755);
    const tftpRoot = join(scratch.path, 'tftp');
    await mkdir(tftpRoot);
    for (const [name, file] of input.files) await put(file, join(tftpRoot, name));
    const leases = join(scratch.path, 'leases');
    const group = await nobodysGroup();
    const user = group === undefined ? {} : { user: { name: 'nobody', group } };
    const config = join(scratch.path, 'dnsmasq.conf');
    await writeFile(config, dhcpConfig({ ...input, ...user, tftpRoot, leases }));
    const dnsmasq = input.toolbox.command('dnsmasq');
    const argv = [...dnsmasq, '--keep-in-foreground', '--log-facility=-', `--conf-file=${config}`];
    const running = start(argv, {
      env: input.toolbox.env,
      ...(input.signal && { signal: input.signal }),
    });
    const server = new DhcpServer(scratch, running);
    try {
      await Promise.race([
        server.#follow(new DhcpLog(tftpRoot, input.stageOf), input.onSighting),
        server.ended,
      ]);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await this.#running.stop();
    await this.#scratch[Symbol.asyncDispose]();
  }

  /** Reads the log for as long as there is one; done when it says that it serves. */
  async #follow(log: DhcpLog, onSighting: (sighting: Sighting) => void): Promise<void> {
    this.#running.stdout.resume();
    await new Promise<void>((resolve) => {
      createInterface({ input: this.#running.stderr }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        if (STARTED.test(line)) resolve();
        const sighting = log.read(line.trimEnd());
        if (sighting !== undefined) onSighting(sighting);
      });
    });
  }

  #failure(): KilnError {
    const text = this.#lines.map((line) => line.trim()).join('\n');
    return new KilnError('host', `dnsmasq has ended:\n${text}`, {
      hint: 'ports 67, 69 and 4011 need root, and another DHCP, TFTP or PXE server of this machine may have them: stop it, or use --http-only',
    });
  }
}

/** A copy, which nobody but dnsmasq needs to be able to read. */
async function put(file: TftpFile, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (file.kind === 'bytes') return await writeFile(path, file.bytes);
  await copyFile(file.path, path);
  await chmod(path, 0o644);
}

/** The group of the account `nobody`: its name differs. Undefined when there is no such account, or for who is not root. */
async function nobodysGroup(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const entry = /^nobody:[^:]*:\d+:(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  const groups = await readFile('/etc/group', 'utf8');
  return new RegExp(`^([^:\n]+):[^:]*:${entry?.[1] ?? '-'}:`, 'm').exec(groups)?.[1];
}
