import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { packStandIn } from '../image/k0s/stand-in.ts';
import { defaultStoreRoot, Store } from '../image/store/store.ts';
import { certifyAuthority } from '../site/secrets/authority.ts';
import { readClock } from '../site/secrets/clock.ts';
import { MACHINE_ENTROPY } from '../site/secrets/entropy.ts';
import type { Authority } from '../site/secrets/secrets.ts';
import { type Running, type RunResult, run, start } from '../tools/run.ts';
import { emptyDirectory } from './store-fixture.ts';
import { testToolbox } from './toolbox.ts';

const WAIT_MS = 30_000;

/** An answer of one of the stand-in's servers. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Question {
  readonly ca: string;
  readonly method?: string;
  readonly token?: string;
  readonly client?: Authority;
  readonly body?: unknown;
}

/** The program, and the command line that runs it with the Python of the image. */
async function standInCommand(): Promise<readonly string[]> {
  const toolbox = await testToolbox();
  const store = await Store.open(defaultStoreRoot(process.env));
  const program = await packStandIn({ store, toolbox });
  return [...toolbox.command('python3.13'), program];
}

/** Makes an authority with an RSA key; the same key serves as long as it is asked for by the same name. */
export function makeAuthority(commonName: string, key: string): Authority {
  return certifyAuthority(commonName, key, { now: readClock(), entropy: MACHINE_ENTROPY });
}

/** An RSA key as ssh-keygen and forge write it. */
export function makeKey(): string {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
}

const SITE_KEY = makeKey();

/** What every controller of one test site has: its authority, and the key of its service accounts. */
export const SITE = makeAuthority('kubernetes-ca', SITE_KEY);

let addresses = 0;
let boxes = 0;

/** An address of this machine that no other test uses: ports can be k0s's own. */
export function ownAddress(): string {
  addresses += 1;
  return `127.${(process.pid % 200) + 10}.${threadId % 250}.${addresses}`;
}

/** One box with k0s on it, in directories of its own. */
export class Box {
  readonly root: string;
  readonly address: string;
  readonly name: string;
  readonly #number = ++boxes;
  /** Everything that was started; the last is what is watched. */
  readonly #started: Running[] = [];
  #log = '';

  private constructor(root: string, name: string, address: string) {
    this.root = root;
    this.name = name;
    this.address = address;
  }

  static async create(t: ExecutionContext, name: string, address = ownAddress()): Promise<Box> {
    const box = new Box(await emptyDirectory(t), name, address);
    t.teardown(() => box.stop());
    await box.write('k0s.yaml', box.config());
    return box;
  }

  get log(): string {
    return this.#log;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  async write(name: string, text: string): Promise<string> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text);
    return this.path(name);
  }

  async read(name: string): Promise<string> {
    return await readFile(this.path(name), 'utf8');
  }

  async certificate(name: string): Promise<X509Certificate> {
    return new X509Certificate(await this.read(`data/pki/${name}.crt`));
  }

  config(spec = ''): string {
    return `spec:
  api: { address: ${this.address}, onlyBindToAddress: true }
  storage: { etcd: { peerAddress: ${this.address}, extraArgs: { name: ${this.name} } } }
${spec}`;
  }

  /** Places what a site's first controller has, so that no key need be made. */
  async placeSite(site = SITE): Promise<void> {
    await this.placePair('front-proxy-ca', makeAuthority('kubernetes-front-proxy-ca', SITE_KEY));
    await this.placePair('ca', site);
    await this.placePair('etcd/ca', makeAuthority('etcd-ca', site.key));
    await this.placePair('sa', { certificate: 'public', key: site.key }, 'pub');
    await this.placeJwt();
  }

  /** The keys that a joining controller would make. */
  async placeOwn(): Promise<void> {
    await this.placePair('front-proxy-ca', makeAuthority('kubernetes-front-proxy-ca', SITE_KEY));
    await this.placeJwt();
  }

  async placePair(name: string, pair: Authority, extension = 'crt'): Promise<void> {
    await this.write(`data/pki/${name}.${extension}`, pair.certificate);
    await this.write(`data/pki/${name}.key`, pair.key);
  }

  async placeJwt(): Promise<void> {
    await this.placePair('etcd/jwt', { certificate: 'public', key: SITE_KEY }, 'pub');
  }

  /** Runs a command to its end. */
  async command(...argv: readonly string[]): Promise<RunResult> {
    return await run([...(await standInCommand()), ...argv], {
      env: await this.#env(),
      cwd: this.root,
      okExitCodes: [0, 1],
    });
  }

  /** Starts a controller or worker; its log is gathered. */
  async start(...argv: readonly string[]): Promise<void> {
    const command = [...(await standInCommand()), ...argv, '--data-dir', this.path('data')];
    this.#log = '';
    const started = start([...command, '--ignore-pre-flight-checks'], {
      env: await this.#env(),
      cwd: this.root,
    });
    this.#started.push(started);
    const gather = (chunk: Buffer) => {
      this.#log += chunk.toString();
    };
    started.stderr.on('data', gather);
    started.stdout.on('data', gather);
  }

  async startController(...argv: readonly string[]): Promise<void> {
    await this.start('controller', '--config', this.path('k0s.yaml'), ...argv);
  }

  async startWorker(...argv: readonly string[]): Promise<void> {
    await this.start('worker', this.kubeletFlag, ...argv);
  }

  /** The flag that gives a kubelet of a test a name and a port of its own. */
  get kubeletFlag(): string {
    // Below those that the kernel gives to whoever asks for any.
    const port = 20_000 + (((process.pid + threadId) * 64 + this.#number) % 12_000);
    return `--kubelet-extra-args=--hostname-override=${this.name} --healthz-port=${port} --node-ip=${this.address}`;
  }

  /** Waits until the log has a text; fails with the log when it ends or takes too long. */
  async logs(text: string): Promise<void> {
    let isOver = false;
    void this.ended().then(() => {
      isOver = true;
    });
    for (let left = WAIT_MS; left > 0 && !isOver; left -= 50) {
      if (this.#log.includes(text)) return;
      await sleep(50);
    }
    if (this.#log.includes(text)) return;
    throw new Error(`no "${text}" in the log of ${this.name}:\n${this.#log}`);
  }

  /** The exit code of what was started last, once its log is whole. */
  async ended(): Promise<number | undefined> {
    const last = this.#started.at(-1);
    if (last === undefined) return undefined;
    const code = await last.exited;
    // What it said last may still be on its way.
    await Promise.all([finished(last.stdout), finished(last.stderr)]);
    return code;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.map((each) => each.stop()));
  }

  /** Ends it as a cut of power does. */
  async kill(): Promise<void> {
    await Promise.all(this.#started.map((each) => each.kill()));
  }

  /** Asks one of the box's servers. */
  async ask(port: number, path: string, question: Question): Promise<Answer> {
    return await ask(this.address, port, path, question);
  }

  /** Asks as the administrator whose certificate the box has. */
  async admin(path: string, method = 'GET', body?: unknown): Promise<Answer> {
    const client = {
      certificate: await this.read('data/pki/admin.crt'),
      key: await this.read('data/pki/admin.key'),
    };
    const ca = await this.read('data/pki/ca.crt');
    return await this.ask(6443, path, { ca, client, method, body });
  }

  async #env(): Promise<Readonly<Record<string, string>>> {
    return { ...(await testToolbox()).env, K0S_STANDIN_RUN_DIR: this.path('run') };
  }
}

async function ask(host: string, port: number, path: string, question: Question): Promise<Answer> {
  const { ca, token, client, body, method = 'GET' } = question;
  return await new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ host, port, path, method, ca, agent: false },
        ...(client && { cert: client.certificate, key: client.key }),
        headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
