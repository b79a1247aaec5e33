import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A site has at most so many workers that have tokens of their own. */
const MOST_TOKENS = 2500;

const COMMON = `image: { arch: x86_64 }
network: { pods: 10.128.0.0/10, gateway: 10.0.0.1, dns: [10.0.0.1], ntp: [10.0.0.1] }
access: { ssh-keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ0nUOyLZmGWfH7Qd0lyKrVvvvUvHmjzFOM1EYRNQQT me"] }
`;

/** A site file with so many nodes, three of them controllers; one worker's time zone is a parameter. */
export function largeSite(name: string, nodes: number, zoneOfOne: string): string {
  const workers = Array.from({ length: nodes - 3 }, (_, i) => {
    const zone = i === 500 ? `, time-zone: ${zoneOfOne}` : '';
    return `  - { name: w${i}, role: worker, address: ${addressOf(i)}/16, mac: "${macOf(i)}"${zone} }\n`;
  });
  const controllers = [1, 2, 3].map(
    (i) =>
      `  - { name: c${i}, role: controller, address: 10.0.0.1${i}/16, mac: "52:54:00:ff:00:0${i}" }\n`,
  );
  return [
    `site: ${name}\n${COMMON}`,
    'api: { vip: 10.0.0.10/16 }\n',
    `worker-tokens: ${nodes > MOST_TOKENS ? 'shared' : 'each'}\n`,
    `nodes:\n${controllers.join('')}${workers.join('')}`,
  ].join('');
}

/** Writes so many site files of three nodes that have all but their names from one template; their paths. */
export async function writeManySites(directory: string, count: number): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const nodes = ['c1, role: controller+worker', 'w1, role: worker', 'w2, role: worker'];
  const lines = nodes.map((node, i) => `  - { name: ${node}, address: 10.0.0.1${i}/24 }\n`);
  await writeFile(join(directory, 'template.yaml'), `${COMMON}nodes:\n${lines.join('')}`);
  const paths: string[] = [];
  for (let i = 1; i <= count; i += 1) {
    const name = `shop-${String(i).padStart(4, '0')}`;
    const path = join(directory, `${name}.yaml`);
    await writeFile(path, `include: [template.yaml]\nsite: ${name}\n`);
    paths.push(path);
  }
  return paths;
}

function addressOf(i: number): string {
  return `10.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`;
}

function macOf(i: number): string {
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
  return `52:54:00:00:${hex(i >> 8)}:${hex(i & 0xff)}`;
}
