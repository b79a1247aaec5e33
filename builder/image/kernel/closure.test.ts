import test from 'ava';
import { type Closure, closeOver, type WantedModule } from './closure.ts';
import type { KernelMetadata, KernelModule } from './metadata.ts';

type Links = { readonly depends?: readonly string[]; readonly soft?: readonly string[] };

function kernel(
  modules: Readonly<Record<string, Links>>,
  rest: Partial<KernelMetadata> = {},
): KernelMetadata {
  const entries = Object.entries(modules).map(([name, links]): [string, KernelModule] => [
    name,
    {
      name,
      path: `kernel/${name}.ko.xz`,
      sizeBytes: 1,
      depends: [],
      soft: [],
      firmware: [],
      ...links,
    },
  ]);
  return { modules: new Map(entries), builtins: new Set(), aliases: new Map(), ...rest };
}

function want(...names: readonly string[]): readonly WantedModule[] {
  return names.map((name) => ({ name, by: 'set s', item: 's', isOptional: false }));
}

function reasons({ modules }: Closure): Readonly<Record<string, string>> {
  return Object.fromEntries(
    modules.map(({ name, reason }) => [name, `${reason.kind} ${reason.by}`]),
  );
}

test('a closure has what is wanted, what that needs and what that needs', (t) => {
  const closure = closeOver(
    want('ext4'),
    kernel({
      ext4: { depends: ['jbd2', 'mbcache'] },
      jbd2: { depends: ['crc'] },
      mbcache: {},
      crc: {},
      xfs: {},
    }),
  );
  t.deepEqual(reasons(closure), {
    crc: 'needed jbd2',
    ext4: 'wanted set s',
    jbd2: 'needed ext4',
    mbcache: 'needed ext4',
  });
});

test('the reason is the last link of a shortest chain', (t) => {
  const closure = closeOver(
    want('a', 'd'),
    kernel({ a: { depends: ['b'] }, b: { depends: ['c'] }, c: {}, d: { depends: ['c'] } }),
  );
  t.is(reasons(closure).c, 'needed d');
});

test('what is wanted itself is not there for another reason', (t) => {
  const closure = closeOver(want('a', 'b'), kernel({ a: { depends: ['b'] }, b: {} }));
  t.is(reasons(closure).b, 'wanted set s');
});

test('modules that need each other end', (t) => {
  const closure = closeOver(want('a'), kernel({ a: { depends: ['b'] }, b: { depends: ['a'] } }));
  t.is(closure.modules.length, 2);
});

test('a soft dependency comes along, by name or by alias, with what it needs', (t) => {
  const closure = closeOver(
    want('a'),
    kernel(
      { a: { soft: ['crc32c', 'late-one'] }, c1: { depends: ['d'] }, c2: {}, d: {}, late_one: {} },
      { aliases: new Map([['crc32c', ['c1', 'c2']]]) },
    ),
  );
  t.deepEqual(reasons(closure), {
    a: 'wanted set s',
    c1: 'soft a',
    c2: 'soft a',
    d: 'needed c1',
    late_one: 'soft a',
  });
});

test('a soft dependency that the kernel lacks is nothing', (t) => {
  const closure = closeOver(want('a'), kernel({ a: { soft: ['nowhere'] } }));
  t.deepEqual(Object.keys(reasons(closure)), ['a']);
});

test('what is compiled in is noted and needs no file', (t) => {
  const closure = closeOver(
    want('fuse', 'a'),
    kernel({ a: { depends: ['virtio'] } }, { builtins: new Set(['fuse', 'virtio']) }),
  );
  t.deepEqual(closure.builtins, [
    { name: 'fuse', reason: { kind: 'wanted', by: 'set s' } },
    { name: 'virtio', reason: { kind: 'needed', by: 'a' } },
  ]);
  t.deepEqual(Object.keys(reasons(closure)), ['a']);
});

test('dashes in a wish are underscores', (t) => {
  const closure = closeOver(want('usb-storage'), kernel({ usb_storage: {} }));
  t.deepEqual(Object.keys(reasons(closure)), ['usb_storage']);
});

test('a wanted module that the kernel lacks is passed over', (t) => {
  const closure = closeOver(want('nowhere', 'a'), kernel({ a: {} }));
  t.deepEqual(Object.keys(reasons(closure)), ['a']);
});

test('modules are sorted by name, whatever the order of wishes', (t) => {
  const modules = kernel({ b: {}, a: {}, B: {} });
  const one = closeOver(want('b', 'a', 'B'), modules);
  t.deepEqual(
    one.modules.map(({ name }) => name),
    ['B', 'a', 'b'],
  );
  t.deepEqual(one, closeOver(want('B', 'b', 'a'), modules));
});

test('a kernel that lacks what its own module needs is an error', (t) => {
  const error = t.throws(() => closeOver(want('a'), kernel({ a: { depends: ['gone'] } })));
  t.snapshot(error.message);
});
