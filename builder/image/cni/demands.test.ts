import test from 'ava';
import { TWO_CNIS } from '../../testing/cni-fixture.ts';
import { cniNames, compareVersions, demandsOf, isMeant } from './demands.ts';

test('every CNI has a name, and each of its modes', (t) => {
  t.deepEqual(cniNames(TWO_CNIS), ['blue', 'blue/plain', 'blue/vxlan', 'blue/wg', 'red']);
});

test('a mode asks for what its CNI, its groups and itself ask for, each once', (t) => {
  t.snapshot(demandsOf('blue/vxlan', TWO_CNIS));
});

test('what is needed is not wanted as well', (t) => {
  const { needs, wants } = demandsOf('blue/vxlan', TWO_CNIS);
  t.true(needs.some(({ text }) => text === 'VXLAN=vxlan'));
  t.false(wants.some(({ text }) => text === 'VXLAN=vxlan'));
});

test('the newest of the oldest kernels counts', (t) => {
  t.is(demandsOf('blue/wg', TWO_CNIS).kernel, '6.1');
  t.is(demandsOf('blue/vxlan', TWO_CNIS).kernel, '5.10');
  t.is(demandsOf('red', TWO_CNIS).kernel, undefined);
});

test('groups that use each other end', (t) => {
  const [one, two] = [{ uses: ['two'] }, { uses: ['one'] }].map((part) => ({
    ...{ needs: {}, wants: {}, load: [], sysctls: {} },
    ...part,
  }));
  const red = { ...TWO_CNIS.cnis.red!, uses: ['one'] };
  const circle = { groups: { one: one!, two: two! }, cnis: { red } };
  t.is(demandsOf('red', circle).needs.length, 1);
});

test('a name of nothing is a mistake of the caller', (t) => {
  t.throws(() => demandsOf('blue/green', TWO_CNIS), { message: /blue\/green/ });
  t.throws(() => demandsOf('green', TWO_CNIS), { message: /green/ });
});

test("a CNI's name means its modes, and not those of one whose name begins alike", (t) => {
  t.true(isMeant('blue/wg', 'blue'));
  t.true(isMeant('blue/wg', 'blue/wg'));
  t.false(isMeant('blue', 'blue/wg'));
  t.false(isMeant('blueish/wg', 'blue'));
});

test('versions are numbers, not texts', (t) => {
  t.true(compareVersions('5.9', '5.10') < 0);
  t.true(compareVersions('6.12.117+deb13-amd64', '6.12') === 0);
  t.true(compareVersions('7.0', '6.99.1') > 0);
});
