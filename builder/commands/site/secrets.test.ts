import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Command, CommanderError } from 'commander';
import { parse } from 'yaml';
import { describeError } from '../../report/errors.ts';
import { SILENT } from '../../report/progress.ts';
import type { Site } from '../../site/definition/site.ts';
import { adminKubeconfig } from '../../site/secrets/kubeconfig.ts';
import { fixedEntropy, TODAY, tinySite } from '../../testing/site-secrets.ts';
import { emptyDirectory } from '../../testing/store-fixture.ts';
import type { Session } from '../options.ts';
import { addAdmin } from './admin.ts';
import { addRotateTokens } from './rotate-tokens.ts';
import { withSecrets } from './secrets-flags.ts';
import { openSiteSecrets, withSeal } from './secrets-options.ts';

const SITE = tinySite({ c1: 'controller', w1: 'worker', w2: 'worker' });

async function setup(t: ExecutionContext, site = SITE) {
  t.timeout(2 * 60_000);
  const directory = await emptyDirectory(t);
  const said: string[] = [];
  const session: Session = {
    progress: { ...SILENT, warn: (text) => said.push(`warning: ${text}`) },
    signal: new AbortController().signal,
    env: {},
    now: TODAY,
  };
  const secrets = join(directory, 'secrets.yaml');
  const run = async (...argv: readonly string[]): Promise<string> => {
    // As the command above has it, whose options must not take those of commands below.
    const command = new Command()
      .option('--out <directory>')
      .exitOverride()
      .configureOutput({ writeErr: (text) => said.push(text) });
    const outside = { print: (text: string) => said.push(text) };
    const entropy = fixedEntropy(argv.join(' '));
    const options = { session, loadSite: async () => site as Site, outside, entropy };
    addRotateTokens(command, options);
    addAdmin(command, options);
    said.length = 0;
    try {
      await command.parseAsync([...argv, '--secrets', secrets], { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) said.push(describeError(error));
    }
    return said.join('\n').replaceAll(directory, '');
  };
  const open = async () => {
    said.length = 0;
    const named = { file: 'plant7.yaml', site };
    const opened = await openSiteSecrets(named, { secrets }, session, fixedEntropy('made'));
    return { ...opened, said: said.join('\n').replaceAll(directory, '') };
  };
  return { directory, secrets, run, open, session };
}

const subjectIn = async (file: string) => {
  const { users } = parse(await readFile(file, 'utf8'));
  const pem = Buffer.from(users[0].user['client-certificate-data'], 'base64');
  return new X509Certificate(pem);
};

test('rotate-tokens replaces what is named, and says what to do next', async (t) => {
  const { run, open } = await setup(t);
  const before = (await open()).secrets.tokens;
  t.snapshot(await run('rotate-tokens', 'plant7.yaml', '--node', 'w1'));
  const one = (await open()).secrets.tokens;
  t.notDeepEqual(one.workers.w1, before.workers.w1);
  t.deepEqual({ ...one, workers: { ...one.workers, w1: before.workers.w1 } }, before);
  t.snapshot(await run('rotate-tokens', 'plant7.yaml', '--controllers'));
  t.snapshot(await run('rotate-tokens', 'plant7.yaml'));
  const all = (await open()).secrets.tokens;
  for (const name of ['w1', 'w2']) t.notDeepEqual(all.workers[name], one.workers[name]);
  t.notDeepEqual(all.controller, one.controller);
});

test('admin writes the kubeconfig of the administrator, and of a user', async (t) => {
  const { run, open, directory } = await setup(t);
  const { secrets } = await open();
  const [admin, jane] = [join(directory, 'admin.kubeconfig'), join(directory, 'jane.kubeconfig')];
  t.snapshot(await run('admin', 'plant7.yaml', '--out', admin));
  t.is(await readFile(admin, 'utf8'), adminKubeconfig(SITE, secrets));
  t.is((await stat(admin)).mode & 0o777, 0o600);
  const named = ['--user', 'jane', '--group', 'operators', '--group', 'viewers', '--days', '7'];
  t.snapshot(await run('admin', 'plant7.yaml', ...named, '--out', jane));
  t.is((await stat(jane)).mode & 0o777, 0o600);
  const { subject, validTo } = await subjectIn(jane);
  t.is(subject, 'O=operators\nO=viewers\nCN=jane');
  t.is(new Date(validTo).toISOString(), '2026-05-13T07:08:09.000Z');
  t.deepEqual((await open()).secrets, secrets);
});

test('admin --renew makes the certificate in the bundle anew', async (t) => {
  const { run, open, directory } = await setup(t);
  const before = (await open()).secrets;
  const admin = join(directory, 'admin.kubeconfig');
  t.snapshot(await run('admin', 'plant7.yaml', '--renew', '--out', admin));
  const after = (await open()).secrets;
  t.not(after.admin.certificate, before.admin.certificate);
  t.deepEqual({ ...after, admin: before.admin }, before);
  t.is(await readFile(admin, 'utf8'), adminKubeconfig(SITE, after));
});

test('what cannot be done is said, and nothing is written', async (t) => {
  const { run, open, directory } = await setup(t);
  const out = join(directory, 'x.kubeconfig');
  t.snapshot(await run('rotate-tokens', 'plant7.yaml'));
  t.snapshot(await run('admin', 'plant7.yaml', '--out', out));
  const before = (await open()).secrets;
  t.snapshot(await run('rotate-tokens', 'plant7.yaml', '--node', 'w3'));
  t.snapshot(await run('rotate-tokens', 'plant7.yaml', '--node', 'w1', '--controllers'));
  t.snapshot(await run('admin', 'plant7.yaml', '--group', 'operators', '--out', out));
  t.snapshot(await run('admin', 'plant7.yaml', '--user', 'jane', '--days', '0', '--out', out));
  t.snapshot(await run('admin', 'plant7.yaml', '--user', 'jane', '--days', '7.5', '--out', out));
  t.snapshot(await run('admin', 'plant7.yaml', '--user', 'system:admin', '--out', out));
  t.snapshot(await run('admin', 'plant7.yaml', '--user', 'jane'));
  t.snapshot(await run('admin', 'plant7.yaml', '--user', 'jane', '--renew', '--out', out));
  t.snapshot(await run('admin', 'plant7.yaml', '--user', 'jane', '--out', directory));
  await t.throwsAsync(stat(out), { code: 'ENOENT' });
  t.deepEqual((await open()).secrets, before);
});

test('help says how, with examples', (t) => {
  const program = new Command('site');
  const session: Session = {
    progress: SILENT,
    signal: new AbortController().signal,
    env: {},
    now: TODAY,
  };
  const options = { session, loadSite: async () => SITE as Site };
  addRotateTokens(program, options);
  addAdmin(program, options);
  withSeal(withSecrets(program));
  let help = '';
  for (const command of [...program.commands, program]) {
    command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 100 });
    command.outputHelp();
  }
  t.snapshot(help);
});
