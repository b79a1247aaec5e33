import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';

const MODULE = join(import.meta.dirname, 'privileges.js');
const isRoot = process.getuid?.() === 0;

/** Who a process is while it works, and after, when it was started by root with this environment. */
function identities(env: Readonly<Record<string, string>>): string {
  const script = `import { asCaller } from ${JSON.stringify(MODULE)};
const who = () => process.geteuid() + ':' + process.getegid();
const during = await asCaller(process.env, async () => who());
await asCaller(process.env, async () => { throw new Error('no'); }).catch(() => undefined);
console.log(during, who());`;
  const argv = ['--input-type=module', '--eval', script];
  return spawnSync(process.execPath, argv, { env, encoding: 'utf8' }).stdout.trim();
}

const asRoot = isRoot ? test : test.skip;

asRoot('who called sudo is who works, and root again after, whatever happens', (t) => {
  t.is(identities({ SUDO_UID: '1234', SUDO_GID: '2345' }), '1234:2345 0:0');
});

asRoot('without sudo, and with nonsense in its variables, nothing changes', (t) => {
  t.is(identities({}), '0:0 0:0');
  t.is(identities({ SUDO_UID: 'jane', SUDO_GID: '-1' }), '0:0 0:0');
});
