import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../../image/definition/project.ts';
import { testToolbox } from '../../testing/toolbox.ts';
import { run } from '../../tools/run.ts';
import type { Json } from '../definition/json.ts';
import { seedYaml } from './seed-yaml.ts';

/** Texts that are something else in one version of YAML or another, or that are hard to write down. */
const TEXTS: readonly string[] = [
  ...['yes', 'No', 'on', 'off', 'y', 'n', 'true', 'NULL', 'null', '~', '', '=', '<<'],
  ...['1', '-1', '+1', '1_000', '0x1F', '0o17', '017', '0b11', '1e3', '1.5', '.5', '5.', '.inf'],
  ...['12:34:56', '52:54:00:00:00:11', '190:20:30', '10:20', '2001-01-01', '2001-01-01T01:02:03Z'],
  ...[
    '-',
    '- a',
    '? a',
    ': a',
    'a: b',
    'a #b',
    '#a',
    '&a',
    '*a',
    '!a',
    '!!int 1',
    '%a',
    '@a',
    '`a',
  ],
  ...['|', '>', '[a', '{a', 'a]', "it's", '"a"', 'a\\b', 'a"b\\', '.NaN', '---', '---\na', '...'],
  ...[' a', 'a ', 'a\tb', '\ta', 'a\t', 'a\n', '\na', 'a\nb', 'a\n\nb\n', 'a \nb', ' a\n b\n'],
  ...['a\n\n\n', 'a\n\tb\n', 'a\r\nb\r\n', 'a\rb', '\r', '\t', '\n', ' ', '\u0007a', 'a\u007fb'],
  ...[
    'ä',
    '日本',
    '😀',
    'a\u00a0b',
    'a\u2028b',
    'a\nb\u2029c\n',
    'a\u0085b',
    '\ufeffa',
    'a\n\ufeff',
  ],
  ...['x'.repeat(300), 'a b '.repeat(60), `${'a b '.repeat(60)}\n`.repeat(3)],
];

test('what is written is what the box and cloud-init read', async (t) => {
  t.timeout(2 * 60_000);
  const values: Json = {
    texts: TEXTS,
    keys: Object.fromEntries(TEXTS.filter((text) => !text.includes('\n')).map((text) => [text, 1])),
    blocks: TEXTS.map((text) => ({ text })),
    others: [true, false, null, 0, -1, 1.5, 4_294_967_296, [], {}],
  };
  const [strict, plain] = await read(seedYaml(values));
  t.deepEqual(strict, values);
  t.deepEqual(plain, values);
});

/** A document as the box's own loader reads it, and as cloud-init does. */
async function read(text: string): Promise<readonly unknown[]> {
  const toolbox = await testToolbox();
  const script = `
import json, sys, yaml
from kiln.strict_yaml import load
data = sys.stdin.buffer.read()
json.dump([load(data, "a seed"), yaml.safe_load(data)], sys.stdout)
`;
  const { stdout } = await run([...toolbox.command('python3.13'), '-c', script], {
    env: {
      ...toolbox.env,
      LC_ALL: 'C.UTF-8',
      PYTHONPATH: join(PROJECT_DIRECTORY, 'overlays/base/usr/lib/python3/dist-packages'),
    },
    input: Buffer.from(text),
  });
  return JSON.parse(stdout);
}
