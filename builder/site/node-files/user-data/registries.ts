import type { Registry } from '../../definition/site.ts';
import type { WrittenFile } from './write-file.ts';

/** containerd's own place for what it knows of registries. */
const DIRECTORY = '/etc/containerd/certs.d';

/** k0s lays what is here over containerd's configuration (its version 3). */
const DROP_IN = {
  path: '/etc/k0s/containerd.d/kiln-registries.toml',
  content: `version = 3

[plugins."io.containerd.cri.v1.images".registry]
config_path = ${text(DIRECTORY)}
`,
} as const;

/** What containerd has to know to get images from a site's registries (its docs/hosts.md). Pure. */
export function registryFiles(registries: readonly Registry[]): readonly WrittenFile[] {
  if (registries.length === 0) return [];
  return [DROP_IN, ...registries.flatMap(filesOf)];
}

function filesOf(registry: Registry): readonly WrittenFile[] {
  const directory = `${DIRECTORY}/${registry.host === '*' ? '_default' : registry.host}`;
  return [
    { path: `${directory}/hosts.toml`, content: hostsToml(registry) },
    ...(registry.ca === undefined ? [] : [{ path: `${directory}/ca.crt`, content: registry.ca }]),
  ];
}

/** Mirrors are asked in turn, then the host itself; without mirrors the settings are the host's own. */
function hostsToml(registry: Registry): string {
  const { host, mirrors } = registry;
  const settings = trust(registry);
  if (mirrors.length === 0) {
    const server = host === '*' ? [] : [`server = ${text(`https://${host}`)}`];
    return lines([...server, ...settings]);
  }
  const sections = mirrors.map((mirror) =>
    lines([`[host.${text(mirror)}]`, 'capabilities = ["pull", "resolve"]', ...settings]),
  );
  return sections.join('\n');
}

function trust({ ca, skipVerify }: Registry): readonly string[] {
  return [
    // Beside the file that says it.
    ...(ca === undefined ? [] : ['ca = "ca.crt"']),
    ...(skipVerify ? ['skip_verify = true'] : []),
  ];
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

/** A string of TOML: JSON's are among them. */
function text(value: string): string {
  return JSON.stringify(value);
}
