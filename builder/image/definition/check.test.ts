import test from 'ava';
import { sha256 } from '../../report/sha256.ts';
import { imageErrors, loadImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';

const refused = test.macro({
  async exec(t, key: string, value: string) {
    const line = new RegExp(`^${key}:.*$`, 'm');
    const changed = line.test(SMALLEST_IMAGE)
      ? SMALLEST_IMAGE.replace(line, `${key}: ${value}`)
      : `${SMALLEST_IMAGE}${key}: ${value}\n`;
    t.snapshot(await imageErrors(t, { 'images/a.yaml': changed }));
  },
  title: (title) => `refused: ${title}`,
});

test('a name that is no image name', refused, 'name', 'My Image');
test(
  'a version that does not fit into a GPT label',
  refused,
  'version',
  '1.2.3-with-quite-a-long-suffix',
);
test('a version with what boot counting uses', refused, 'version', '1.2.3+4');
test('a version that YAML reads as a number', refused, 'version', '1.10');
test('a flavour of the other architecture', refused, 'kernel', '{ flavour: arm64 }');
test('a flavour that is nearly right', refused, 'kernel', '{ flavour: cloud-amd46 }');
test(
  'arguments that Kiln sets',
  refused,
  'kernel',
  '{ flavour: amd64, cmdline: [quiet, "root=/dev/sda1", init=/bin/sh] }',
);
test(
  'arguments that make an installer of a box',
  refused,
  'kernel',
  '{ flavour: amd64, cmdline: [kiln.install, kiln.medium=KILN_0] }',
);
test('an argument with a space', refused, 'kernel', '{ flavour: amd64, cmdline: ["a b"] }');
test('no suite', refused, 'suites', '{}');
test('only limited suites', refused, 'suites', '{ trixie-backports: { only: [bash] } }');
test(
  'a suite that may be out of date without a limit',
  refused,
  'suites',
  '{ trixie: {}, experimental: { since: 2026-10-30 } }',
);
test(
  'a day that is none',
  refused,
  'suites',
  '{ trixie: {}, experimental: { only: [bash], since: 2026-13-01 } }',
);
test(
  'a limit with a star in it',
  refused,
  'suites',
  '{ trixie: {}, trixie-backports: { only: ["li*x"] } }',
);
test('a board that is not known', refused, 'board', 'raspberry-pi-4');
test('a board of another architecture', refused, 'board', 'raspberry-pi');
test('an empty limit', refused, 'suites', '{ trixie: {}, trixie-backports: { only: [] } }');
test('a package that is no package name', refused, 'packages', '[Bash, "bash=5"]');
test('a package twice', refused, 'packages', '[bash, dash, bash]');
test('a package that is wanted and omitted', refused, 'omit', '{ bash: "no shell" }');
test('an omission without a reason', refused, 'omit', '{ dash: " " }');
test('two accounts with one number', refused, 'ids', '{ a: 100, b: 101, c: 100 }');
test('a number outside the range of system accounts', refused, 'ids', '{ a: 0, b: 1000 }');
test('root as a user', refused, 'users', '{ root: { uid: 1, home: /root } }');
test('a relative home', refused, 'users', '{ kiln: { uid: 1000, home: home/../kiln } }');
test(
  'a unit that is switched on and off',
  refused,
  'units',
  '{ enable: [a.service], disable: [a.service], mask: [a.service] }',
);
test('a unit without its suffix', refused, 'units', '{ enable: [ssh] }');
test(
  'a link that is relative',
  refused,
  'alternatives',
  '{ awk: { link: usr/bin/awk, target: /usr/bin/mawk } }',
);
test(
  'one link for two alternatives',
  refused,
  'alternatives',
  '{ a: { link: /a, target: /b }, c: { link: /a, target: /c } }',
);
test('an alternative to itself', refused, 'alternatives', '{ a: { link: /a, target: /a } }');
test(
  'a k0s without the digest for the architecture',
  refused,
  'k0s',
  `{ version: v1.2.3+k0s.0, sha256: { arm64: ${sha256('')} } }`,
);
test(
  'a k0s with a short digest',
  refused,
  'k0s',
  '{ version: v1.2.3+k0s.0, sha256: { x86_64: abc } }',
);
test('a k0s from two places', refused, 'k0s', '{ path: ./k0s, stand-in: true }');
test(
  'an installer for a board that starts from its own card',
  refused,
  'artifacts',
  '[disk, iso]\nboard: raspberry-pi',
);
test('an artifact that is not known', refused, 'artifacts', '[dsk]');
test('no artifact', refused, 'artifacts', '[]');
test('an absolute glob', refused, 'exclude', '[/usr/share/doc/**]');
test('a mirror that is no address', refused, 'mirrors', '[mirror.example]');
test('a value that is a list', refused, 'values', '{ ok: 1, bad: [1], "a b": 1 }');

test('a user may not have the number of a system account', async (t) => {
  const image = `${SMALLEST_IMAGE}ids: { sshd: 100, kiln: 101 }\nusers: { kiln: { uid: 100, home: /home/kiln } }\n`;
  t.snapshot(await imageErrors(t, { 'images/a.yaml': image }));
});

test('template units, escaped slices and limited suites are fine', async (t) => {
  const image = `${SMALLEST_IMAGE.replace('{ trixie: {} }', '{ trixie: {}, trixie-backports: { only: [linux-image-amd64] } }')}
units: { enable: [getty@tty1.service, 'system-systemd\\x2dveritysetup.slice'], mask: [modprobe@.service] }
`;
  await t.notThrowsAsync(loadImage(t, { 'images/a.yaml': image }));
});

test('a release of k0s that is not pinned yet can be looked at', async (t) => {
  const image = SMALLEST_IMAGE.replace('stand-in: true', 'version: v1.2.3+k0s.0');
  const { definition } = await loadImage(t, { 'images/a.yaml': image });
  t.deepEqual(definition.k0s, { kind: 'release', version: 'v1.2.3+k0s.0', sha256: {} });
});
