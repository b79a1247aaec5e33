import type { Definition } from '../definition/definition.ts';

/** Which k0s the image carries. */
export interface K0sIdentity {
  readonly kind: Definition['k0s']['kind'];
  readonly version: string;
}

const VARIANTS = {
  production: 'Production',
  development: 'Development: console login without a password, not for production',
} as const;

type Identity = Pick<Definition, 'name' | 'version' | 'description' | 'variant'>;

/** The fields of os-release(5) in the order in which they are written. */
export function osReleaseFields(
  { name, version, description, variant }: Identity,
  k0s: K0sIdentity,
): Readonly<Record<string, string>> {
  const standIn = k0s.kind === 'stand-in' ? ' (k0s stand-in: not Kubernetes)' : '';
  return {
    NAME: 'Kiln',
    ID: 'kiln',
    ID_LIKE: 'debian',
    PRETTY_NAME: `${name} ${version}${standIn}`,
    VERSION: version,
    VERSION_ID: version,
    DEFAULT_HOSTNAME: 'kiln',
    IMAGE_ID: name,
    IMAGE_VERSION: version,
    VARIANT: VARIANTS[variant],
    VARIANT_ID: variant,
    KILN_DESCRIPTION: description,
    K0S_KIND: k0s.kind,
    K0S_VERSION: k0s.version,
  };
}

/** The text of os-release: what a shell reads as assignments. */
export function osReleaseText(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join('');
}

/** os-release(5): quotes around what is not letters and digits; backslash, quote, dollar and backtick escaped. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9._+-]+$/.test(value)) return value;
  return `"${value.replace(/\s+/g, ' ').replace(/["\\$`]/g, '\\$&')}"`;
}
