import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { Arch } from '../../builder/image/arch.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { sha256OfFile } from '../../builder/report/sha256.ts';
import { type Running, type RunResult, run, start } from '../../builder/tools/run.ts';
import type { RehearsalRecord } from '../rehearsal/record.ts';
import { workbench } from './workbench.ts';

/** What an interrupted, a wrong and a failed command end with besides 0. */
const EXIT_CODES = [0, 2, 6, 7, 130];

const CLI = join(PROJECT_DIRECTORY, 'dist', 'builder', 'cli.js');

/** A site file in a directory of its own, with the release that its nodes boot: as users have them. */
export class SiteCase {
  readonly directory: string;
  /** Options of `kiln rehearse` that name the releases. */
  readonly releases: readonly string[];
  readonly #t: ExecutionContext;

  private constructor(t: ExecutionContext, directory: string, releases: readonly string[]) {
    this.#t = t;
    this.directory = directory;
    this.releases = releases;
  }

  /** Builds the releases as users do, and makes an empty directory. */
  static async create(t: ExecutionContext, ...arches: readonly Arch[]): Promise<SiteCase> {
    const scratch = await Scratch.create('site-case');
    t.teardown(() => scratch[Symbol.asyncDispose]());
    const releases: string[] = [];
    for (const arch of arches.length === 0 ? (['x86_64'] as const) : arches) {
      const { disk } = await workbench(arch);
      releases.push('--release', dirname(disk.path));
    }
    return new SiteCase(t, scratch.path, releases);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(this.path(name), text);
  }

  /** Runs Kiln in the directory. */
  async kiln(...argv: readonly string[]): Promise<RunResult> {
    return await run([process.execPath, CLI, ...argv], {
      cwd: this.directory,
      env: environment(),
      okExitCodes: EXIT_CODES,
    });
  }

  /** The same, which has to go well. */
  async does(...argv: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.kiln(...argv);
    this.#t.is(exitCode, 0, `${argv.join(' ')}:\n${stderr}`);
    return stdout;
  }

  /** Starts `kiln rehearse`, to be looked at while it runs. */
  rehearse(...argv: readonly string[]): Running {
    return start([process.execPath, CLI, 'rehearse', ...argv, ...this.releases], {
      cwd: this.directory,
      env: environment(),
    });
  }

  /**
   * Rehearses to the end. The seeds have to be the same bytes before and after, and no machine may be left.
   * @returns what it printed as JSON, its exit code and messages
   */
  async rehearsed(...argv: readonly string[]): Promise<{
    readonly record: RehearsalRecord;
    readonly exitCode: number;
    readonly stderr: string;
  }> {
    const before = await this.#seeds();
    const result = await this.kiln('rehearse', ...argv, ...this.releases, '--json');
    this.#t.log(result.stderr);
    this.#t.deepEqual(await this.#seeds(), before);
    await this.nothingRuns();
    const record: RehearsalRecord = JSON.parse(result.stdout);
    return { ...result, record };
  }

  /** No process of a rehearsal is left: they all work in its directory. */
  async nothingRuns(): Promise<void> {
    for (let tries = 0; tries < 30; tries++) {
      if ((await this.#processes()).length === 0) break;
      await sleep(100);
    }
    this.#t.deepEqual(await this.#processes(), []);
  }

  /** How many machines run; the gateway is none. */
  async machines(): Promise<number> {
    return (await this.#processes()).filter((command) => command.includes('\0-drive\0')).length;
  }

  /** Command lines of all processes that work in the directory. */
  async #processes(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const pid of await readdir('/proc')) {
      const place = await readlink(join('/proc', pid, 'cwd')).catch(() => undefined);
      if (place !== this.directory) continue;
      found.push(await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => ''));
    }
    return found;
  }

  async #seeds(): Promise<readonly string[]> {
    const names = await readdir(this.directory, { recursive: true });
    const isos = names.filter((name) => name.endsWith('.iso')).sort();
    return await Promise.all(
      isos.map(async (name) => `${await sha256OfFile(this.path(name))}  ${name}`),
    );
  }
}

/** A site of one LAN; lines of nodes follow. */
export function siteText(name: string, api: string, nodes: readonly string[]): string {
  return [
    `site: ${name}`,
    'network: { cni: kuberouter, gateway: 10.0.0.1, dns: [10.0.0.1], ntp: [10.0.0.1] }',
    ...(api === '' ? [] : [`api: ${api}`]),
    'nodes:',
    ...nodes.map((node) => `  - { ${node} }`),
    '',
  ].join('\n');
}

function environment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
