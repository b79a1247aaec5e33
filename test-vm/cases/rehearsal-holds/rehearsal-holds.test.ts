import { access, readFile, stat } from 'node:fs/promises';
import { get } from 'node:https';
import { parse } from 'yaml';
import { SiteCase, siteText } from '../rehearsal.ts';
import { soakTest as test } from '../soak.ts';

const NODES = ['name: c1, role: controller+worker, address: 10.0.0.11/24'];
const KUBECONFIG = 'out/plant1/rehearsal/kubeconfig';

/** What the API answers to who has a kubeconfig. */
async function ask(kubeconfig: string, path: string): Promise<string> {
  const { clusters, users } = parse(kubeconfig);
  const pem = (text: string): Buffer => Buffer.from(text, 'base64');
  return await new Promise((resolve, reject) => {
    get(
      `${clusters[0].cluster.server}${path}`,
      {
        ca: pem(clusters[0].cluster['certificate-authority-data']),
        cert: pem(users[0].user['client-certificate-data']),
        key: pem(users[0].user['client-key-data']),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve(text));
      },
    ).on('error', reject);
  });
}

test('a cluster that is held answers the administrator of the site at a port of this host, until Ctrl-C', async (t) => {
  t.timeout(20 * 60_000);
  const site = await SiteCase.create(t);
  await site.write('plant1.yaml', siteText('plant1', '', NODES));
  await site.does('site', 'plant1.yaml');
  const rehearsal = site.rehearse('plant1.yaml', '--hold');
  rehearsal.stderr.resume();
  let said = '';
  for await (const part of rehearsal.stdout) {
    said += String(part);
    if (said.includes('the nodes run until Ctrl-C')) break;
  }
  t.regex(said, /^the cluster of plant1 formed/);
  t.regex(said, /^kubectl --kubeconfig out\/plant1\/rehearsal\/kubeconfig get nodes$/m);
  t.regex(said, /^c1: ssh -p \d+ 127\.0\.0\.1 \(10\.0\.0\.11\)$/m);
  t.is((await stat(site.path(KUBECONFIG))).mode & 0o777, 0o600);
  const kubeconfig = await readFile(site.path(KUBECONFIG), 'utf8');
  const { items } = JSON.parse(await ask(kubeconfig, '/api/v1/nodes'));
  t.like(items, [{ metadata: { name: 'c1' } }]);

  process.kill(rehearsal.pid, 'SIGINT');
  t.is(await rehearsal.exited, 0);
  await site.nothingRuns();
  await t.throwsAsync(access(site.path(KUBECONFIG)), { code: 'ENOENT' });
});
