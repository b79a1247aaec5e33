import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../builder/image/definition/project.ts';
import type { Verdict } from './check.ts';
import type { Credential } from './credentials.ts';

const READY = /^kiln-remote-ready$/gm;

/** What lets a running guest take scripts: a unit and its program, as credentials (see `checkCredentials`). */
export async function remoteCredentials(): Promise<Credential[]> {
  const unit = [
    '[Unit]',
    'Description=Scripts from outside',
    // The initrd makes units of credentials as well.
    'ConditionPathExists=!/etc/initrd-release',
    // As early as there are devices and files: a boot can be watched.
    'DefaultDependencies=no',
    'After=systemd-udevd.service local-fs.target',
    'Conflicts=shutdown.target',
    'Before=shutdown.target',
    '[Service]',
    'ImportCredential=kiln.*',
    'RuntimeDirectory=kiln-remote',
    'RuntimeDirectoryMode=0700',
    `ExecStart=/bin/sh -c 'exec sh "$$CREDENTIALS_DIRECTORY/kiln.remote"'`,
    '',
  ].join('\n');
  const script = join(PROJECT_DIRECTORY, 'test-vm/remote.sh');
  return [
    { name: 'kiln.remote', text: await readFile(script, 'utf8') },
    { name: 'systemd.extra-unit.kiln-remote.service', text: unit },
    { name: 'systemd.unit-dropin.sysinit.target', text: '[Unit]\nWants=kiln-remote.service\n' },
  ];
}

/** The answer to a script in what came over the port so far; undefined as long as it is not complete. Pure. */
export function parseAnswer(text: string, number: number): Verdict | undefined {
  const end = new RegExp(`\\nkiln-remote-exit ${number} (\\d+)\\n`).exec(text);
  if (end === null) return undefined;
  return { passed: end[1] === '0', output: text.slice(0, end.index) };
}

/** How often a guest said that it takes scripts: once a boot. Pure. */
export function bootsIn(text: string): number {
  return [...text.matchAll(READY)].length;
}

/** The outer end of the port: one script at a time. */
export class RemotePort {
  readonly #socket: Socket;
  /** What came since the last script was sent, and the rest of a line before. */
  #text = '';
  /** Starts that were told before that. */
  #boots = 0;
  #asked = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.#text += text;
    });
    // That the machine has ended is told by the machine.
    socket.on('error', () => undefined);
  }

  static async connect(path: string): Promise<RemotePort> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new RemotePort(socket);
  }

  /** How often the guest has started so far. */
  get boots(): number {
    return this.#boots + bootsIn(this.#text);
  }

  /** Sends a script; the number is for `answer`. */
  send(script: string): number {
    this.#asked += 1;
    // A box that is watched for hours says a lot; nobody asks for it again.
    const read = this.#text.lastIndexOf('\n') + 1;
    this.#boots += bootsIn(this.#text.slice(0, read));
    this.#text = this.#text.slice(read);
    this.#socket.write(`${this.#asked} ${Buffer.from(script).toString('base64')}\n`);
    return this.#asked;
  }

  /** What the guest answered to the last script, once it has. */
  answer(number: number): Verdict | undefined {
    return parseAnswer(this.#text, number);
  }

  close(): void {
    this.#socket.destroy();
  }
}
