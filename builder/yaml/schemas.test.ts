import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { PROJECT_DIRECTORY } from '../image/definition/project.ts';
import { schemaFiles } from './schemas.ts';

const IMAGES = join(PROJECT_DIRECTORY, 'images');

for (const [file, content] of schemaFiles()) {
  test(`${file} is what the decoder says (node dist/builder/yaml/write-schemas.js writes it)`, async (t) => {
    t.is(await readFile(join(PROJECT_DIRECTORY, file), 'utf8'), content);
  });
}

for (const name of readdirSync(IMAGES).filter((file) => file.endsWith('.yaml'))) {
  test(`images/${name} names its schema in the first line and agrees with it`, async (t) => {
    const text = await readFile(join(IMAGES, name), 'utf8');
    const schemaName = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? '';
    const schema: unknown = JSON.parse(await readFile(join(IMAGES, schemaName), 'utf8'));
    t.deepEqual(violations(schema, parse(text), ''), []);
  });
}

test('the schema refuses what the decoder refuses', (t) => {
  const schema: unknown = JSON.parse(schemaFiles().get('images/image.schema.json') ?? '');
  const image = {
    nmae: 'x',
    version: 1.1,
    arch: 'mips',
    packages: ['-bash', 'Bash', 'dash', 'dash'],
    users: { kiln: { uid: 99_999 }, gone: null },
    k0s: { path: 'x', version: 'v1' },
  };
  t.snapshot(violations(schema, image, ''));
});

type Json = Readonly<Record<string, unknown>>;

/** The part of JSON Schema (draft 7) that Kiln's schemas use; any other keyword is an error of this test. */
function violations(schema: unknown, value: unknown, at: string): readonly string[] {
  return Object.entries(schema as Json).flatMap(([keyword, rule]): readonly string[] => {
    const check = KEYWORDS[keyword];
    if (!check) return [`${at}: the keyword ${keyword} is not known`];
    return check(rule as never, value, at, schema as Json);
  });
}

type Check = (rule: never, value: unknown, at: string, schema: Json) => readonly string[];

function unless(holds: boolean, at: string, keyword: string): readonly string[] {
  return holds ? [] : [`${at}: ${keyword}`];
}

const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: () => [],
  title: () => [],
  description: () => [],
  default: () => [],
  type: (rule: string | readonly string[], value, at) =>
    unless(
      [rule].flat().some((type) => isOfType(type, value)),
      at,
      `type ${[rule].flat()}`,
    ),
  enum: (rule: readonly unknown[], value, at) => unless(rule.includes(value), at, 'enum'),
  const: (rule: unknown, value, at) => unless(rule === value, at, 'const'),
  pattern: (rule: string, value, at) =>
    unless(typeof value !== 'string' || new RegExp(rule).test(value), at, `pattern ${rule}`),
  minimum: (rule: number, value, at) =>
    unless(typeof value !== 'number' || value >= rule, at, 'minimum'),
  maximum: (rule: number, value, at) =>
    unless(typeof value !== 'number' || value <= rule, at, 'maximum'),
  minItems: (rule: number, value, at) =>
    unless(!Array.isArray(value) || value.length >= rule, at, 'minItems'),
  uniqueItems: (_rule, value, at) =>
    unless(
      !Array.isArray(value) ||
        new Set(value.map((item) => JSON.stringify(item))).size === value.length,
      at,
      'uniqueItems',
    ),
  anyOf: (rule: readonly unknown[], value, at) =>
    unless(
      rule.some((schema) => violations(schema, value, at).length === 0),
      at,
      'anyOf',
    ),
  items: (rule: unknown, value, at) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => violations(rule, item, `${at}/${index}`))
      : [],
  required: (rule: readonly string[], value, at) =>
    rule.flatMap((key) => unless(!isMap(value) || key in value, at, `required ${key}`)),
  properties: (rule: Json, value, at) =>
    isMap(value)
      ? Object.entries(rule).flatMap(([key, schema]) =>
          key in value ? violations(schema, value[key], `${at}/${key}`) : [],
        )
      : [],
  propertyNames: (rule: unknown, value, at) =>
    isMap(value)
      ? Object.keys(value).flatMap((key) => violations(rule, key, `${at}/${key} (name)`))
      : [],
  additionalProperties: (rule: unknown, value, at, { properties = {} }) => {
    const others = isMap(value)
      ? Object.entries(value).filter(([key]) => !(key in (properties as Json)))
      : [];
    return others.flatMap(([key, item]) =>
      rule === false
        ? [`${at}/${key}: additionalProperties`]
        : violations(rule, item, `${at}/${key}`),
    );
  },
};

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMap(value);
  return type === 'null' ? value === null : typeof value === type;
}
