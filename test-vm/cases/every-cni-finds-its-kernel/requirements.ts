import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arch } from '../../../builder/image/arch.ts';
import { cniNames, demandsOf } from '../../../builder/image/cni/demands.ts';
import { CNI_FILE, loadCniRequirements } from '../../../builder/image/cni/requirements.ts';
import { PROJECT_DIRECTORY } from '../../../builder/image/definition/project.ts';
import { loadModuleSets, wantedModules } from '../../../builder/image/kernel/module-sets.ts';
import type { Credential } from '../../credentials.ts';

const IMAGES = join(PROJECT_DIRECTORY, 'images');
const CASE = join(PROJECT_DIRECTORY, 'test-vm', 'cases', 'every-cni-finds-its-kernel');

/** What comes along with check.sh, by the name that it has there. */
const FILES = {
  'kiln.kernel': 'kernel.py',
  'kiln.iptables': 'rules.iptables',
  'kiln.nft': 'rules.nft',
};

/** What check.sh needs to know of the project's data, and the files that come along with it. */
export async function cniCredentials(arch: Arch): Promise<readonly Credential[]> {
  const sets = await loadModuleSets(join(IMAGES, 'modules.yaml'));
  const requirements = await loadCniRequirements(join(IMAGES, CNI_FILE));
  const demands = cniNames(requirements).map((name) => demandsOf(name, requirements));
  const sysctls = Object.entries(Object.assign({}, ...demands.map((each) => each.sysctls)));
  const facts = {
    modules: wantedModules(['cni'], sets, { arch, asker: 'the check' })
      // Kernels need not have the others.
      .filter(({ isOptional }) => !isOptional)
      .map(({ name }) => name),
    loaded: [...new Set(demands.flatMap(({ load }) => load))],
    sysctls: sysctls.map(([name, value]) => `${name}=${value}`),
  };
  const text = Object.entries(facts).map(([name, words]) => `${name}='${words.join(' ')}'\n`);
  return [
    { name: 'kiln.cni', text: text.join('') },
    ...(await Promise.all(
      Object.entries(FILES).map(async ([name, file]) => ({
        name,
        text: await readFile(join(CASE, file), 'utf8'),
      })),
    )),
  ];
}
