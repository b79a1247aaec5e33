import { stringify } from 'yaml';
import { defaulted, list, object, record, required } from '../../yaml/collections.ts';
import { type Decoder, wrongKind } from '../../yaml/decoder.ts';
import { headingOf } from '../../yaml/node.ts';
import { RECIPIENT } from './seal.ts';
import type { Authority, Secrets, TokenSecret } from './secrets.ts';

/** Version of the bundle's format: another one is not read. */
const FORMAT = 1;

/** What a bundle's text holds. */
export interface Bundle {
  readonly secrets: Secrets;
  /** Whom an encrypted bundle is for: age hides it, and who writes the bundle again has to know. */
  readonly recipients: readonly string[];
}

/** A text of which no error shows anything. */
function hidden(expected: string, pattern: RegExp): Decoder<string> {
  return {
    expected,
    schema: () => ({ type: 'string' }),
    decode(node, context) {
      if (node.kind !== 'scalar') return wrongKind(expected, node, context);
      if (typeof node.value === 'string' && pattern.test(node.value)) return node.value;
      context.report.error(`this is not ${expected}`, node.at);
      return undefined;
    },
  };
}

const THIS_FORMAT: Decoder<typeof FORMAT> = {
  expected: `${FORMAT}`,
  schema: () => ({ const: FORMAT }),
  decode(node, context) {
    if (node.kind === 'scalar' && node.value === FORMAT) return FORMAT;
    context.report.error(`this Kiln reads format ${FORMAT} only`, headingOf(node));
    return undefined;
  },
};

function pem(label: string): Decoder<string> {
  const pattern = `^-----BEGIN ${label}-----\\n(?:[A-Za-z0-9+/=]{1,64}\\n)+-----END ${label}-----\\n$`;
  return hidden(`PEM of kind ${label}`, new RegExp(pattern));
}

const NAME = hidden('a DNS label', /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const TOKEN = hidden('a token (6 and 16 of a-z, 0-9, with a dot)', /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
const RSA_KEY = pem('RSA PRIVATE KEY');
const PAIR = object({ certificate: required(pem('CERTIFICATE')), key: required(RSA_KEY) });

const AUTHORITIES = object({
  kubernetes: required(PAIR),
  'front-proxy': required(PAIR),
  etcd: required(PAIR),
});

const TOKENS = object({
  controller: required(TOKEN),
  shared: required(TOKEN),
  workers: required(record(NAME, TOKEN)),
});

/** Decodes a bundle as it is written. */
export const BUNDLE = object({
  'kiln-secrets': required(THIS_FORMAT),
  site: required(NAME),
  recipients: defaulted(list(hidden("a recipient of age's", RECIPIENT)), []),
  authorities: required(AUTHORITIES),
  'service-accounts': required(
    object({ key: required(RSA_KEY), 'public-key': required(pem('PUBLIC KEY')) }),
  ),
  admin: required(PAIR),
  tokens: required(TOKENS),
  'vrrp-password': required(hidden('a password (8 of a-z, 0-9)', /^[a-z0-9]{8}$/)),
});

/** What the decoder gives, as a bundle. Pure. */
export function bundleOf(written: ObjectOfBundle): Bundle {
  const { authorities, tokens, admin } = written;
  const accounts = written['service-accounts'];
  return {
    recipients: written.recipients,
    secrets: {
      site: written.site,
      authorities: {
        kubernetes: authorities.kubernetes,
        frontProxy: authorities['front-proxy'],
        etcd: authorities.etcd,
      },
      serviceAccounts: { key: accounts.key, publicKey: accounts['public-key'] },
      admin,
      tokens: {
        controller: tokenOf(tokens.controller),
        shared: tokenOf(tokens.shared),
        workers: Object.fromEntries(
          Object.entries(tokens.workers).map(([name, token]) => [name, tokenOf(token)]),
        ),
      },
      vrrpPassword: written['vrrp-password'],
    },
  };
}

/** A bundle's text: YAML, the same for the same secrets. Pure. */
export function formatBundle({ secrets, recipients }: Bundle): string {
  const { site, authorities, serviceAccounts, admin, tokens, vrrpPassword } = secrets;
  const workers = Object.entries(tokens.workers).sort(([a], [b]) => (a < b ? -1 : 1));
  const written: ObjectOfBundle = {
    'kiln-secrets': FORMAT,
    site,
    recipients,
    authorities: {
      kubernetes: pairOf(authorities.kubernetes),
      'front-proxy': pairOf(authorities.frontProxy),
      etcd: pairOf(authorities.etcd),
    },
    'service-accounts': { key: serviceAccounts.key, 'public-key': serviceAccounts.publicKey },
    admin: pairOf(admin),
    tokens: {
      controller: wordOf(tokens.controller),
      shared: wordOf(tokens.shared),
      workers: Object.fromEntries(workers.map(([name, token]) => [name, wordOf(token)])),
    },
    'vrrp-password': vrrpPassword,
  };
  return `${HEAD}${stringify(written, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

type ObjectOfBundle = NonNullable<ReturnType<(typeof BUNDLE)['decode']>>;

const HEAD = `# All secrets of a site: whoever has this file owns the cluster. Kiln made it once and never makes it again:
# keep a copy in a safe place, out of version control.
`;

function pairOf({ certificate, key }: Authority): Authority {
  return { certificate, key };
}

function tokenOf(word: string): TokenSecret {
  const [id = '', secret = ''] = word.split('.');
  return { id, secret };
}

function wordOf({ id, secret }: TokenSecret): string {
  return `${id}.${secret}`;
}
