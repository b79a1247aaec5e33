import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { SeedFiles } from './node.ts';

/** The host, as guests see it behind QEMU's own router. */
const HOST = '10.0.2.2';

/** A web server on this machine with the files of a seed, which a test may change while it runs. */
export class SeedServer implements AsyncDisposable {
  /** What is there now. */
  files: SeedFiles;
  /** Whether it breaks every connection. */
  isDown = false;
  /** Paths that were asked for, in turn. */
  readonly seen: string[] = [];
  readonly #server: Server;

  private constructor(server: Server, files: SeedFiles) {
    this.#server = server;
    this.files = files;
    server.on('request', (request, response) => {
      if (this.isDown) {
        request.socket.destroy();
        return;
      }
      const path = request.url ?? '/';
      this.seen.push(path);
      const content = this.files[path.slice(1)];
      response.writeHead(content === undefined ? 404 : 200);
      response.end(content);
    });
  }

  static async start(files: SeedFiles): Promise<SeedServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new SeedServer(server, files);
  }

  /** The seed's address for a guest, as cloud-init's NoCloud wants it: with a slash at the end. */
  get url(): string {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return `http://${HOST}:${port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
