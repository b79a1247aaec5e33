import { generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { createServer } from 'node:https';
import forge from 'node-forge';

/** An https server on this machine with a certificate that nobody vouches for. */
export interface TlsServer extends AsyncDisposable {
  readonly url: string;
  /** PEM; whoever trusts it can talk to the server. */
  readonly certificate: string;
}

/** Starts a server that answers each request with what an http address has. */
export async function startTlsServer(source: string): Promise<TlsServer> {
  const { key, certificate } = selfSigned();
  const server = createServer({ key, cert: certificate }, (_incoming, outgoing) => {
    request(source, (response) => {
      outgoing.writeHead(response.statusCode ?? 502);
      response.pipe(outgoing);
    }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `https://localhost:${port}/file`,
    certificate,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function selfSigned(): { readonly key: string; readonly certificate: string } {
  const key = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(key.publicKey);
  certificate.validity.notBefore = new Date('2020-01-01T00:00:00Z');
  certificate.validity.notAfter = new Date('2049-01-01T00:00:00Z');
  const name = [{ name: 'commonName', value: 'localhost' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(key.privateKey), forge.md.sha256.create());
  return { key: key.privateKey, certificate: forge.pki.certificateToPem(certificate) };
}
