import { run } from '../builder/tools/run.ts';
import type { Toolbox } from '../builder/tools/toolbox.ts';

/** Where Kiln's images have it. */
const OFFSET = '1M';

/** The ESP of a raw disk image that no machine has at the moment. */
export class Esp {
  readonly #image: string;
  readonly #toolbox: Toolbox;

  constructor(disk: string, toolbox: Toolbox) {
    this.#image = `${disk}@@${OFFSET}`;
    this.#toolbox = toolbox;
  }

  /** Names in a directory. */
  async list(directory: string): Promise<readonly string[]> {
    const listing = await this.#say('mdir', '-b', `::${directory}`);
    const names = listing.split('\n').map((line) => line.replace(/\/$/, '').replace(/^.*\//, ''));
    return names.filter((name) => name !== '');
  }

  /** Copies a file of it to the host. */
  async get(path: string, target: string): Promise<void> {
    await this.#say('mcopy', `::${path}`, target);
  }

  /** Copies a file of the host into it. */
  async put(source: string, path: string): Promise<void> {
    await this.#say('mcopy', source, `::${path}`);
  }

  async #say(program: string, ...args: readonly string[]): Promise<string> {
    const argv = [...this.#toolbox.command(program), '-i', this.#image, ...args];
    return (await run(argv, { env: this.#toolbox.env })).stdout;
  }
}
