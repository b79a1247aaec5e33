import { copyFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../builder/image/arch.ts';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';
import { Layout } from '../../builder/image/store/layout.ts';
import { defaultStoreRoot } from '../../builder/image/store/store.ts';
import { kilnArgs } from './bench.ts';
import { writeK0sLike } from './k0s-like.ts';
import { measure } from './measure.ts';
import type { Sample } from './summary.ts';

/** An image of a benchmark's own, so that it may change its overlay. */
export class BenchImage {
  readonly arch: Arch;
  readonly #directory: string;
  #changes = 0;

  private constructor(arch: Arch, directory: string) {
    this.arch = arch;
    this.#directory = directory;
  }

  /** The project's image for an architecture with one more overlay and a k0s of the usual size. */
  static async create(arch: Arch, scratch: string): Promise<BenchImage> {
    const image = new BenchImage(arch, join(scratch, arch));
    await mkdir(image.#at('overlay/usr/share'), { recursive: true });
    await writeFile(image.file, `include: [${arch}.yaml]\noverlays: [./overlay]\n`);
    await writeK0sLike(image.k0s, arch);
    // The overlay decides on no package, so the project's own lock is right, if there is one already.
    const lock = join(PROJECT_DIRECTORY, 'images', `${arch}.lock.json`);
    await copyFile(lock, image.#at('image.lock.json')).catch(() => undefined);
    await image.change();
    return image;
  }

  get file(): string {
    return this.#at('image.yaml');
  }

  get k0s(): string {
    return this.#at('k0s');
  }

  get releases(): string {
    return this.#at('out');
  }

  async build(env: Readonly<Record<string, string>> = {}): Promise<Sample> {
    const argv = kilnArgs('build', this.file, '--k0s', this.k0s, '--out', this.releases);
    return measure({ argv, env });
  }

  /** Builds with a store that has the downloads of the user's, and nothing that was made from them. */
  async buildFirst(): Promise<Sample> {
    const fresh = new Layout(this.#at('store'));
    await cp(new Layout(defaultStoreRoot(process.env)).files, fresh.files, { recursive: true });
    await this.forget();
    const sample = await this.build({ KILN_STORE: fresh.root });
    await rm(fresh.root, { recursive: true });
    return sample;
  }

  /** Takes the release away, so that the next build has to make it. */
  async forget(): Promise<void> {
    await rm(this.releases, { recursive: true, force: true });
  }

  /** Gives the overlay's file another content. */
  async change(): Promise<void> {
    this.#changes += 1;
    await writeFile(this.#at('overlay/usr/share/bench'), `change ${this.#changes}\n`);
  }

  #at(path: string): string {
    return join(this.#directory, path);
  }
}
