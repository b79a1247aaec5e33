import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT_DIRECTORY } from '../../builder/image/definition/project.ts';

const DIST = join(PROJECT_DIRECTORY, 'dist');

test('who is not root is told what needs root, and the whole command', (t) => {
  const argv = [join(DIST, 'builder/cli.js'), 'pxe', 'out/a release'];
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (spawnSync(process.execPath, [join(DIST, 'builder/cli.js'), '--version'], user).status !== 0) {
    t.log('not tried: Kiln or node is not for everybody here');
    t.pass();
    return;
  }
  const { status, stderr } = spawnSync(process.execPath, argv, {
    ...{ encoding: 'utf8', env: { KILN_STORE: '/home/jane/.cache/kiln' }, ...user },
  });
  t.is(status, 6, stderr);
  const known = stderr.replaceAll(process.execPath, '<node>').replaceAll(DIST, '<dist>');
  t.snapshot(known);
});
