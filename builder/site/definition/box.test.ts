import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../../image/definition/project.ts';
import { OF_BOTH, OF_CONTROLLERS, OWN, REFUSED } from './check-args.ts';
import { EFFECTS, OWN_LABELS, OWN_NAMESPACES } from './check-labels.ts';
import { CLOUD_CONFIG } from './cloud-config-keys.ts';
import { RESERVED } from './read-manifests.ts';
import { BUSES, DISK_WORDS } from './schema-disk.ts';

// What a site refuses is what its boxes would: both have the same tables, in two languages.

const BOX = join(PROJECT_DIRECTORY, 'overlays/base/usr/lib/python3/dist-packages/kiln');

/** The part of a module of the box that gives a name its value. */
async function textOf(module: string, name: string): Promise<string> {
  const text = await readFile(join(BOX, `${module}.py`), 'utf8');
  const start = new RegExp(`^${name}\\b[^=\\n]*= `, 'm').exec(text);
  const rest = text.slice((start?.index ?? Number.NaN) + (start?.[0].length ?? 0));
  // A value ends where the next statement begins: at the start of a line.
  return /^[\s\S]+?(?=^[A-Za-z_#@])/m.exec(`${rest}\nend`)?.[0] ?? '';
}

/** The texts in quotes at the start of a line, or after a bracket: keys of a map, items of a list. */
async function itemsOf(module: string, name: string): Promise<readonly string[]> {
  const value = await textOf(module, name);
  return [...value.matchAll(/(?<=^\s*|[(,]\s*)"([^"]*)"(?=\s*[:,)])/gm)].map(
    ([, text = '']) => text,
  );
}

/** The words of a text in quotes. */
async function wordsOf(module: string, name: string): Promise<readonly string[]> {
  const texts = (await textOf(module, name)).match(/"""[\s\S]*?"""|"[^"\n]*"/g) ?? [];
  return texts.flatMap((text) => text.replaceAll('"', '').trim().split(/\s+/));
}

function sorted(words: Iterable<string>): readonly string[] {
  return [...words].sort();
}

test('flags of k0s', async (t) => {
  t.deepEqual(sorted(await itemsOf('extra_args', '_OWN')), sorted(Object.keys(OWN)));
  t.deepEqual(sorted(await itemsOf('extra_args', '_REFUSED')), sorted(Object.keys(REFUSED)));
  t.deepEqual(sorted(await itemsOf('extra_args', '_OF_BOTH')), sorted(OF_BOTH));
  t.deepEqual(sorted(await itemsOf('extra_args', '_OF_CONTROLLERS')), sorted(OF_CONTROLLERS));
});

test('labels and effects of taints', async (t) => {
  t.deepEqual(sorted(await itemsOf('labels', 'EFFECTS')), sorted(EFFECTS));
  t.deepEqual(sorted(await itemsOf('labels', '_OWN_LABELS')), sorted(OWN_LABELS));
  t.deepEqual(sorted(await itemsOf('labels', '_OWN_NAMESPACES')), sorted(OWN_NAMESPACES));
});

test('stacks of manifests', async (t) => {
  t.deepEqual(sorted(await wordsOf('manifests', '_RESERVED')), sorted(RESERVED));
});

test('keys of cloud-config', async (t) => {
  const keys = 'cloud_config_keys';
  t.deepEqual(sorted(await wordsOf(keys, 'DONE')), sorted(CLOUD_CONFIG.done));
  t.deepEqual(sorted(await wordsOf(keys, 'IMMUTABLE')), sorted(CLOUD_CONFIG.immutable));
  t.deepEqual(sorted(await wordsOf(keys, 'DISKS')), sorted(CLOUD_CONFIG.disks));
  t.deepEqual(sorted(await itemsOf(keys, 'NOT_HERE')), sorted(CLOUD_CONFIG.notHere));
});

test('disks and buses', async (t) => {
  t.deepEqual(sorted(await itemsOf('disk_key', 'BUSES')), sorted(BUSES));
  t.deepEqual(sorted(await itemsOf('disk_key', 'WORDS')), sorted(DISK_WORDS));
});
