import { createServer } from 'node:http';
import { parse } from 'yaml';
import { type SeedFiles, seedFiles, singleNode } from '../../seed/node.ts';
import type { Workshop } from './workshop.ts';

/** The host, as guests see it behind QEMU's own router. */
const HOST = '10.0.2.2';

/** A server with the seed of one machine, which it gives as soon as it has one. */
export class SeedServer implements AsyncDisposable {
  readonly #workshop: Workshop;
  readonly #server = createServer((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    const text = this.#files?.[name];
    response.statusCode = this.#files === undefined ? 503 : text === undefined ? 404 : 200;
    response.end(text);
  });
  #files: SeedFiles | undefined;

  private constructor(workshop: Workshop) {
    this.#workshop = workshop;
  }

  static async listen(workshop: Workshop): Promise<SeedServer> {
    const made = new SeedServer(workshop);
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  /** What sends a machine to the server, on its kernel's command line. */
  get kernelArguments(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server is closed');
    return `ds=nocloud;s=http://${HOST}:${address.port}/`;
  }

  /** From now on the machine is a cluster by itself under this name, once it is installed as the YAML says. */
  give(name: string, install: string): void {
    const k0s = singleNode(this.#workshop.cluster);
    const asked: Readonly<Record<string, unknown>> = parse(install);
    this.#files = seedFiles({ instanceId: `${name}-1`, hostname: name, k0s, install: asked });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
