import test from 'ava';
import { parsePresets, presetFile, presetFor } from './presets.ts';

const RULES = parsePresets([
  { name: 'a', text: 'enable getty@.service tty1 ttyS0\nenable a.service\ndisable x@.service\n' },
  {
    name: 'b',
    text: '# no\n  ; no\ndisable a.*\nignore i.service\nenable "q r.service"\ndisable *\n',
  },
]);

const cases: readonly [name: string, action: string, units?: readonly string[]][] = [
  ['a.service', 'enable'],
  ['a.socket', 'disable'],
  ['i.service', 'ignore'],
  ['getty@.service', 'enable', ['getty@tty1.service', 'getty@ttyS0.service']],
  ['getty@ttyS0.service', 'enable'],
  ['getty@tty7.service', 'disable'],
  ['x@.service', 'disable'],
  ['anything.service', 'disable'],
];

for (const [name, action, units = [name]] of cases) {
  test(`the preset of ${name} is ${action}`, (t) => {
    t.deepEqual(presetFor(name, RULES), { action, units } as ReturnType<typeof presetFor>);
  });
}

test('a unit that no rule names is enabled', (t) => {
  t.deepEqual(presetFor('a.service', []), { action: 'enable', units: ['a.service'] });
});

test('the preset file has single units before patterns, and one line for all instances', (t) => {
  const text = presetFile({
    enable: ['getty@tty1.service', 'ssh.service', 'cloud-*', 'getty@ttyS0.service', 'x@.service'],
    disable: ['*', 'cloud-final.service'],
  });
  t.snapshot(text);
  const rules = parsePresets([{ name: 'x', text }]);
  t.is(presetFor('cloud-final.service', rules).action, 'disable');
  t.is(presetFor('cloud-init.service', rules).action, 'enable');
  t.is(presetFor('other.service', rules).action, 'disable');
});
