import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
  type RequestOptions,
} from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { Failure, networkFailure } from './failure.ts';
import { proxyFor, proxyHeaders, TunnelAgent } from './proxy.ts';

const MAX_REDIRECTS = 5;

const PLAIN = new PlainAgent({ keepAlive: true });
const TLS = new TlsAgent({ keepAlive: true });
const TUNNELS = new Map<string, TunnelAgent>();

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** How long to wait for the next byte, in milliseconds. */
  readonly stallMs: number;
  /** Where `http_proxy`, `https_proxy` and `no_proxy` are read from. */
  readonly env: NodeJS.ProcessEnv;
}

/** An answer whose body has not been read yet: read it, or call `discard`. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Throws a Failure when the connection breaks or nothing comes for too long. */
  readonly body: AsyncIterable<Buffer>;
  discard(): void;
}

/** GETs an address, following redirects. Throws a Failure for anything but a status below 400 or 416. */
export async function httpGet(address: string, options: HttpOptions): Promise<HttpAnswer> {
  let url = new URL(address);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await send(url, options);
    const status = response.statusCode ?? 0;
    if (status < 300 || status === 416) return answer(status, response, options.stallMs);
    response.destroy();
    if (status >= 400 || response.headers.location === undefined) {
      throw new Failure(isTransient(status) ? 'transient' : 'permanent', statusText(response));
    }
    url = redirectTarget(response.headers.location, url);
  }
  throw new Failure('permanent', `redirected more than ${MAX_REDIRECTS} times`);
}

/** An address as it may be shown: without user and password. */
export function publicUrl(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}

function answer(status: number, response: IncomingMessage, stallMs: number): HttpAnswer {
  return {
    status,
    headers: response.headers,
    body: watched(response, stallMs),
    discard: () => {
      response.destroy();
    },
  };
}

function send(url: URL, options: HttpOptions): Promise<IncomingMessage> {
  const headers = { 'User-Agent': 'kiln', 'Accept-Encoding': 'identity', ...options.headers };
  return new Promise((resolve, reject) => {
    const request = start(url, { headers, signal: options.signal }, options.env);
    const timer = setTimeout(() => request.destroy(stalled(options.stallMs)), options.stallMs);
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(networkFailure(error));
    });
    request.once('response', (response) => {
      clearTimeout(timer);
      // Between here and the reading of the body nobody listens for errors; the reader sees them.
      response.on('error', () => {});
      resolve(response);
    });
    request.end();
  });
}

function start(url: URL, options: RequestOptions, env: NodeJS.ProcessEnv) {
  const proxy = proxyFor(url, env);
  if (url.protocol === 'https:') {
    return tlsRequest(url, { ...options, agent: proxy ? tunnelThrough(proxy) : TLS });
  }
  if (proxy === undefined) return plainRequest(url, { ...options, agent: PLAIN });
  const headers = { ...options.headers, Host: url.host, ...proxyHeaders(proxy) };
  const { hostname, port } = proxy;
  const path = url.href;
  return plainRequest({ ...options, hostname, port: port || 80, path, headers, agent: PLAIN });
}

function tunnelThrough(proxy: URL): Agent {
  const known = TUNNELS.get(proxy.href);
  if (known !== undefined) return known;
  const agent = new TunnelAgent(proxy);
  TUNNELS.set(proxy.href, agent);
  return agent;
}

async function* watched(response: IncomingMessage, stallMs: number): AsyncIterable<Buffer> {
  const timer = setTimeout(() => response.destroy(stalled(stallMs)), stallMs);
  try {
    for await (const chunk of response) {
      yield chunk;
      timer.refresh();
    }
  } catch (error) {
    throw networkFailure(error);
  } finally {
    clearTimeout(timer);
  }
}

function redirectTarget(location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target;
  throw new Failure('permanent', 'redirected to something that is not an http or https address');
}

/** Too early, too many requests, and the server's own troubles pass; RFC 9110, section 15. */
function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function statusText(response: IncomingMessage): string {
  return `${response.statusCode} ${response.statusMessage ?? ''}`.trim();
}

function stalled(stallMs: number): Failure {
  return new Failure('transient', `nothing came for ${stallMs / 1000} s`);
}
