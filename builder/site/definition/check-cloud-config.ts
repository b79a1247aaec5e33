import { suggest } from '../../report/suggest.ts';
import type { JsonValue } from '../../yaml/decoder.ts';
import { distinct } from './check-labels.ts';
import { CLOUD_CONFIG } from './cloud-config-keys.ts';
import { certificatesIn } from './pem.ts';
import { keyPlaceOfNode, type PlannedNode, placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import { complaintAboutTimeZone } from './time-zone.ts';

// Raw cloud-config as the box looks at it (kiln/user_data.py).

export const CLOUD_CONFIG_RULES: readonly Rule[] = [
  eachConfig(checkKeys),
  eachConfig(checkFiles),
  eachConfig(checkZone),
  eachConfig(checkAuthorities),
];

type ConfigRule = (
  node: PlannedNode,
  config: Readonly<Record<string, JsonValue>>,
  report: Checked['report'],
) => void;

function eachConfig(rule: ConfigRule): Rule {
  return ({ plan, report }) => {
    for (const node of distinct(plan.nodes, (settings) => settings['cloud-config'])) {
      rule(node, node.settings['cloud-config'] ?? {}, report);
    }
  };
}

/** What a site says in its own words, because more follows from it. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  hostname: 'the host name is the name of the node',
  fqdn: 'the host name is the name of the node',
  k0s: 'what k0s is told follows from the site',
};

function checkKeys(node: PlannedNode, config: object, report: Checked['report']): void {
  for (const key of Object.keys(config)) {
    const at = keyPlaceOfNode(node, ['cloud-config'], key);
    const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined;
    if (elsewhere !== undefined) {
      report.error(`"${key}" cannot be given here: ${elsewhere}`, at);
    } else if (CLOUD_CONFIG.immutable.includes(key)) {
      const note = "nothing can be installed on the box: add it to the image's packages";
      report.warn(`"${key}" has no effect: the system is immutable`, at, note);
    } else if (CLOUD_CONFIG.disks.includes(key)) {
      report.warn(`"${key}" has no effect: Kiln lays out the disk, and /var is kept`, at);
    } else if (CLOUD_CONFIG.notHere.includes(key)) {
      report.warn(`"${key}" has no effect: the image does it in its own way`, at);
    } else if (!CLOUD_CONFIG.done.includes(key)) {
      const meant = suggest(key, CLOUD_CONFIG.done);
      const tail = meant === undefined ? ' that this image knows' : `; did you mean "${meant}"?`;
      report.warn(`"${key}" is no key of cloud-config${tail}`, at);
    }
  }
}

/** Where a box can be written to; what is elsewhere would end all of write_files. */
const WRITABLE = /^\/(dev|etc|home|mnt|opt|proc|root|run|srv|sys|tmp|var)\//;

function checkFiles(
  node: PlannedNode,
  config: Readonly<Record<string, JsonValue>>,
  report: Checked['report'],
): void {
  const { write_files: files } = config;
  if (files !== undefined && files !== null && !Array.isArray(files)) {
    const message = '"write_files" has to be a list of files, each with its "path"';
    report.error(message, placeOfNode(node, 'cloud-config', 'write_files'));
  }
  for (const [index, file] of listOf(files).entries()) {
    const { path } = mapOf(file);
    if (typeof path === 'string' && WRITABLE.test(path)) continue;
    const at = placeOfNode(node, 'cloud-config', 'write_files', index, 'path');
    const note = 'only /etc, /var, /run and what leads there can be written';
    const message =
      typeof path === 'string'
        ? `${JSON.stringify(path)} cannot be written on the box`
        : 'a file of "write_files" needs its "path", a text';
    report.error(message, at, note);
  }
}

function checkZone(
  node: PlannedNode,
  { timezone }: Readonly<Record<string, JsonValue>>,
  report: Checked['report'],
): void {
  if (timezone === undefined || timezone === null) return;
  const complaint =
    typeof timezone === 'string' ? complaintAboutTimeZone(timezone) : '"timezone" has to be text';
  if (complaint !== undefined) {
    report.error(complaint, placeOfNode(node, 'cloud-config', 'timezone'));
  }
}

function checkAuthorities(
  node: PlannedNode,
  config: Readonly<Record<string, JsonValue>>,
  report: Checked['report'],
): void {
  for (const key of ['ca_certs', 'ca-certs']) {
    const { remove_defaults: removes, trusted } = mapOf(config[key]);
    const at = (...path: readonly (string | number)[]) =>
      placeOfNode(node, 'cloud-config', key, ...path);
    if (removes) {
      const note = 'build an image without them';
      report.error('the authorities of the image stay', at('remove_defaults'), note);
    }
    const texts = Array.isArray(trusted) ? listOf(trusted) : trusted ? [trusted] : [];
    for (const [index, text] of texts.entries()) {
      if (typeof text === 'string' && certificatesIn(text)) continue;
      report.error('no certificate in PEM form that can be read', at('trusted', index));
    }
  }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function mapOf(value: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Readonly<Record<string, JsonValue>>) : {};
}
