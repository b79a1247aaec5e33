import test from 'ava';
import { instantiate, isInstance, isTemplate, parseUnitName, templateOf } from './unit-name.ts';

test('names of units have a prefix, perhaps an instance, and a type', (t) => {
  t.deepEqual(parseUnitName('a-b.service'), {
    prefix: 'a-b',
    instance: undefined,
    type: 'service',
  });
  t.deepEqual(parseUnitName('a@.mount'), { prefix: 'a', instance: '', type: 'mount' });
  t.deepEqual(parseUnitName('a@b@c.d.socket'), { prefix: 'a', instance: 'b@c.d', type: 'socket' });
  t.deepEqual(parseUnitName('dev-disk\\x2d1.device')?.prefix, 'dev-disk\\x2d1');
});

for (const name of [
  '',
  '.service',
  'a',
  'a.conf',
  'a b.service',
  'a/b.service',
  '@x.service',
  `${'a'.repeat(250)}.service`,
]) {
  test(`"${name.slice(0, 20)}" is no name of a unit`, (t) => t.is(parseUnitName(name), undefined));
}

test('templates and instances are told apart and lead to each other', (t) => {
  t.true(isTemplate('a@.service'));
  t.false(isTemplate('a@b.service'));
  t.true(isInstance('a@b.service'));
  t.false(isInstance('a.service'));
  t.is(templateOf('a@b.service'), 'a@.service');
  t.is(templateOf('a@.service'), undefined);
  t.is(instantiate('a@.service', '$1'), 'a@$1.service');
});
