import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { DiagnosticsError } from '../../report/format.ts';
import { Scratch } from '../../report/scratch.ts';
import { decodeYaml } from '../../yaml/decode.ts';
import { PROJECT_DIRECTORY } from '../definition/project.ts';
import { CNI_REQUIREMENTS, loadCniRequirements } from './requirements.ts';

const IMAGES = join(PROJECT_DIRECTORY, 'images');

test("the project's own file is well-formed, and every group is used", async (t) => {
  const { groups, cnis } = await loadCniRequirements(join(IMAGES, 'cni.yaml'));
  const users = [...Object.values(groups), ...Object.values(cnis)].flatMap((part) => [
    part,
    ...('modes' in part ? Object.values(part.modes as typeof groups) : []),
  ]);
  const used = new Set(users.flatMap(({ uses }) => uses));
  t.deepEqual(
    Object.keys(groups).filter((group) => !used.has(group)),
    [],
  );
});

test('everything that is wrong in a file of requirements is reported at its place', (t) => {
  const text = `groups:
  One: {}
  two: { needs: { a: [ok, NET=x=y, NET, NET] }, kernel: 5.10 }
cnis:
  three: { wants: { a: [] } }
  four: { modes: { five: { loads: [x] } }, sysctls: { net/ipv4: 1 } }
`;
  t.snapshot(t.throws(() => decodeYaml({ name: 'cni.yaml', text }, CNI_REQUIREMENTS)).message);
});

test('a group that is used and not there is reported where it is used', async (t) => {
  await using scratch = await Scratch.create('cni');
  const path = join(scratch.path, 'cni.yaml');
  const text = `groups: { tunnels: { uses: [tunnel] } }
cnis: { one: { uses: [tunnels], modes: { two: { uses: [tunels] } } } }
`;
  await writeFile(path, text);
  const error = await t.throwsAsync(loadCniRequirements(path), { instanceOf: DiagnosticsError });
  t.snapshot(error?.message.replaceAll(scratch.path, ''));
});
