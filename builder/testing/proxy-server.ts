import { createServer, request } from 'node:http';
import { connect } from 'node:net';

/** A web proxy on this machine. */
export interface ProxyServer {
  readonly url: string;
  /** What went through it: `GET http://…` or `CONNECT host:port`. */
  readonly seen: readonly string[];
  close(): void;
}

/** Starts a proxy; it refuses tunnels to hosts whose name starts with `refused`. */
export async function startProxy(): Promise<ProxyServer> {
  const seen: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    request(incoming.url ?? '', (response) => {
      outgoing.writeHead(response.statusCode ?? 502);
      response.pipe(outgoing);
    }).end();
  });
  proxy.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    if (incoming.url?.startsWith('refused')) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const [host, port] = (incoming.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    return socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { seen, url: `http://127.0.0.1:${port}`, close: () => proxy.close() };
}
