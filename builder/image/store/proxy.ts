import { type ClientRequestArgs, request } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { KilnError } from '../../report/errors.ts';
import { Failure, networkFailure } from './failure.ts';

const CONNECT_MS = 30_000;

/**
 * The proxy for an address by the usual environment variables. As in curl, `HTTP_PROXY` in capitals
 * is not read: a CGI server would set it from a request's header.
 */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const text =
    url.protocol === 'https:'
      ? env.https_proxy || env.HTTPS_PROXY || env.all_proxy || env.ALL_PROXY
      : env.http_proxy || env.all_proxy || env.ALL_PROXY;
  if (!text || isExempt(url.hostname, env.no_proxy || env.NO_PROXY || '')) return undefined;
  const address = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(address) || !address.startsWith('http://')) {
    throw new KilnError('usage', 'the proxy in the environment is not an http:// address', {
      hint: 'set https_proxy and http_proxy to something like http://proxy.example.test:3128',
    });
  }
  return new URL(address);
}

/** `no_proxy`: names that also cover their subdomains, separated by commas; `*` covers all. */
function isExempt(host: string, list: string): boolean {
  return list
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map((entry) => entry.replace(/^\*?\./, ''))
    .some((entry) => entry === '*' || host === entry || host.endsWith(`.${entry}`));
}

/** Header that gives the proxy the user and password of its address. */
export function proxyHeaders(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === '') return {};
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

/** TLS through a proxy's tunnel (RFC 9110, section 9.3.6: CONNECT). */
export class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;

  constructor(proxy: URL) {
    super({ keepAlive: true });
    this.#proxy = proxy;
  }

  override createConnection(
    options: RequestOptions & ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const target = `${options.host}:${options.port}`;
    const tunnel = request({
      host: this.#proxy.hostname,
      port: this.#proxy.port || 80,
      method: 'CONNECT',
      path: target,
      headers: { Host: target, ...proxyHeaders(this.#proxy) },
      agent: false,
      timeout: CONNECT_MS,
    });
    const fail = (failure: Failure) => callback?.(failure, tunnel.socket ?? new Socket());
    tunnel.once('timeout', () => tunnel.destroy(new Failure('transient', 'no proxy answered')));
    tunnel.once('error', (error) => fail(networkFailure(error)));
    tunnel.once('connect', (response, socket: Socket) => {
      if (response.statusCode === 200) {
        callback?.(null, connect({ socket, servername: serverName(options.host) }));
        return;
      }
      socket.destroy();
      const reason = `the proxy answered ${response.statusCode} ${response.statusMessage}`;
      fail(new Failure('permanent', reason));
    });
    tunnel.end();
    return undefined;
  }
}

/** RFC 6066, section 3: an address is no server name. */
function serverName(host: string | null | undefined): string {
  return host && !isIP(host) ? host : '';
}
