import { oneOrMore, shortOrLong } from '../../yaml/by-kind.ts';
import {
  choice,
  defaulted,
  list,
  object,
  optional,
  record,
  required,
} from '../../yaml/collections.ts';
import { type DecodedBy, type Decoder, described, mapped, placed } from '../../yaml/decoder.ts';
import { jsonObject } from '../../yaml/json.ts';
import { flag, integer, oneOf, text } from '../../yaml/scalars.ts';
import { DNS_NAME, HTTP_URL, PATH } from './names.ts';
import { ARCH } from './schema-node.ts';

/** The releases that nodes boot, as written: one, or one for each architecture. */
export type WrittenRelease =
  | { readonly one: string }
  | { readonly each: Readonly<Partial<Record<'x86_64' | 'arm64', string>>> };

const RELEASE: Decoder<WrittenRelease> = shortOrLong<WrittenRelease>(
  mapped(PATH, (one) => ({ one })),
  mapped(object({ x86_64: optional(PATH), arm64: optional(PATH) }), (each) => ({ each })),
);

export const IMAGE = object({
  arch: optional(ARCH),
  release: optional(
    described('A directory that `kiln build` made, or one for each architecture.', RELEASE),
  ),
});

const EXTERNAL_ETCD = object({
  endpoints: required(list(HTTP_URL, { min: 1 })),
  prefix: required(
    text({
      pattern: /^[A-Za-z0-9/._-]+$/,
      expected: 'a prefix for keys (letters, digits, / . _ -)',
    }),
  ),
  ca: optional(PATH),
  certificate: optional(PATH),
  key: optional(PATH),
});

/** Where the cluster's state is, as written. */
export type WrittenStorage =
  | { readonly etcd: true }
  | { readonly 'external-etcd': DecodedBy<typeof EXTERNAL_ETCD> }
  | { readonly kine: string };

export const STORAGE: Decoder<WrittenStorage> = shortOrLong<WrittenStorage>(
  mapped(oneOf('etcd'), (): WrittenStorage => ({ etcd: true })),
  choice<WrittenStorage>({
    'external-etcd': object({ 'external-etcd': required(EXTERNAL_ETCD) }),
    kine: object({ kine: required(described('A file that holds the data source.', PATH)) }),
  }),
);

const REGISTRY_HOST = text({
  pattern:
    /^(\*|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?|\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?)$/,
  expected: 'the host of a registry, as "docker.io" or "registry.example:5000", or "*" for all',
});

export const REGISTRIES = record(
  REGISTRY_HOST,
  object({
    mirrors: defaulted(described('Asked before the host itself.', list(HTTP_URL)), []),
    ca: optional(described('A file of certificates, PEM.', PATH)),
    'skip-verify': defaulted(flag(), false),
  }),
);

/** Kubernetes' rule for names of objects, which a profile's becomes part of. */
export const PROFILES = record(DNS_NAME, jsonObject());

/** k0s reads `<stack>/<name>.yaml`, and no other level. */
export const FILE_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export const MANIFESTS = record(
  text({
    pattern: FILE_NAME_PATTERN,
    expected: 'the name of a stack (letters, digits, ".", "_" and "-")',
  }),
  oneOrMore(PATH),
);

const CHART = object({
  name: required(
    text({
      pattern: /^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/,
      expected: 'the name of a Helm release (small letters, digits and "-"; 53 at most)',
    }),
  ),
  namespace: defaulted(
    text({
      pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      expected: 'a namespace (small letters, digits and "-")',
    }),
    'default',
  ),
  chart: required(
    described(
      'As "repository/chart", "oci://…", or the path of a .tgz.',
      text({
        pattern: /^\S+$/,
        expected: 'a chart, as "repository/chart", "oci://host/chart" or "./chart.tgz"',
      }),
    ),
  ),
  version: optional(text({ pattern: /^\S+$/, expected: 'a version' })),
  values: defaulted(jsonObject(), {}),
  order: optional(
    described('Charts are installed from low to high; as in this list without.', integer(0, 999)),
  ),
});

export const HELM = object({
  repositories: defaulted(
    record(
      text({ pattern: /^[a-z0-9][a-z0-9-]*$/, expected: 'a name for a chart repository' }),
      HTTP_URL,
    ),
    {},
  ),
  charts: defaulted(list(placed(CHART)), []),
});

export type WrittenChart = DecodedBy<typeof CHART>;
