import test from 'ava';
import { decodeYaml } from '../../yaml/decode.ts';
import type { Decoder } from '../../yaml/decoder.ts';
import { unknownModules } from './unknown-modules.ts';

const ANYTHING: Decoder<true> = { expected: '', schema: () => ({}), decode: () => true };
const SETS = {
  nic: { description: 'Cards', modules: ['e1000'], arm64: ['genet'], optional: ['never'] },
};

/** Messages with the words that they point at. */
function complaints(root: readonly string[], initrd: readonly string[], arch: 'x86_64' | 'arm64') {
  const text = `kernel: { modules: [${root}] }\ninitrd: { modules: [${initrd}] }\n`;
  const { sources } = decodeYaml({ name: 'x.yaml', text }, ANYTHING);
  const lists = {
    file: 'x.yaml',
    arch,
    kernel: { modules: root },
    initrd: { modules: initrd },
    netboot: { modules: [] },
    iso: { modules: [] },
  };
  const known = { release: '6.12', names: new Set(['e1000', 'usb_storage', 'vxlan']), sets: SETS };
  return unknownModules(lists, known, sources).map(({ message, at }) => [
    at?.file.text.slice(at.start, at.end),
    message,
  ]);
}

test('modules and sets that are there are nothing to complain about', (t) => {
  t.deepEqual(complaints(['nic', 'usb-storage'], ['vxlan'], 'x86_64'), []);
});

test('unknown names of both lists are told at their places, with the set or module that was meant', (t) => {
  t.deepEqual(complaints(['vxlna'], ['vxlan', 'nci'], 'x86_64'), [
    [
      'vxlna',
      '"vxlna" is no module set, and kernel 6.12 has no such module; did you mean "vxlan"?',
    ],
    ['nci', '"nci" is no module set, and kernel 6.12 has no such module; did you mean "nic"?'],
  ]);
});

test('unknown modules of another start are told at its key', (t) => {
  const text = 'iso: { modules: [lop] }\n';
  const { sources } = decodeYaml({ name: 'x.yaml', text }, ANYTHING);
  const none = { modules: [] };
  const lists = {
    file: 'x.yaml',
    arch: 'arm64',
    kernel: none,
    initrd: none,
    netboot: none,
  } as const;
  const found = unknownModules(
    { ...lists, iso: { modules: ['lop'] } },
    { release: '6.12', names: new Set(['loop']), sets: SETS },
    sources,
  );
  t.deepEqual(
    found.map(({ at }) => [at?.file.text.slice(0, 3), at?.file.text.slice(at.start, at.end)]),
    [['iso', 'lop']],
  );
});

test('what a set must have on this architecture is told at the name of the set', (t) => {
  t.deepEqual(complaints(['nic'], [], 'arm64'), [
    ['nic', 'set nic has the module "genet", and kernel 6.12 has not'],
  ]);
});
