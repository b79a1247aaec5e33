import test from 'ava';
import { completeKernel, lacking, TWO_CNIS } from '../../testing/cni-fixture.ts';
import { imageErrors, loadImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { coverAll } from './cover-image.ts';
import type { KernelFacts } from './coverage.ts';
import { refuseUncovered } from './refuse-uncovered.ts';

const COMPLETE = completeKernel(TWO_CNIS);
const CNI_YAML = `groups: {}
cnis:
  blue: { modes: { plain: {}, vxlan: {}, wg: {} } }
  red: { modes: {} }
`;

async function refusal(
  t: Parameters<typeof loadImage>[0],
  cni: string,
  facts: KernelFacts,
): Promise<string> {
  const { definition, sources } = await loadImage(t, {
    'images/cni.yaml': CNI_YAML,
    'images/a.yaml': `${SMALLEST_IMAGE}cni: ${cni}\n`,
  });
  const coverages = coverAll(TWO_CNIS, facts);
  const error = t.throws(() => refuseUncovered(definition, coverages, sources));
  return error.message.replaceAll(definition.file, 'a.yaml');
}

test('a definition whose CNIs are covered is built, whatever the others lack', async (t) => {
  const { definition, sources } = await loadImage(t, {
    'images/cni.yaml': CNI_YAML,
    'images/a.yaml': `${SMALLEST_IMAGE}cni: [red, blue/vxlan]\n`,
  });
  const facts = lacking(COMPLETE, { modules: ['wireguard'] });
  t.notThrows(() => refuseUncovered(definition, coverAll(TWO_CNIS, facts), sources));
});

test('a module that is not in the image is to be added', async (t) => {
  const facts = lacking(COMPLETE, { modules: ['wireguard'] });
  t.snapshot(await refusal(t, '[red, blue]', facts));
});

test('an option that is off is the fault of the kernel', async (t) => {
  t.snapshot(await refusal(t, '[blue/wg, red]', lacking(COMPLETE, { options: ['WIREGUARD'] })));
});

test('what all modes lack is said once, with both ways out', async (t) => {
  const facts = lacking(COMPLETE, { modules: ['veth', 'ip_tables'], options: ['NAMESPACES'] });
  t.snapshot(await refusal(t, '[blue, red]', facts));
});

test('a kernel that is too old is refused', async (t) => {
  t.snapshot(await refusal(t, '[blue]', { ...COMPLETE, release: '5.15.1-amd64' }));
});

test('names of nothing are reported where they are written, with the nearest', async (t) => {
  t.snapshot(
    await imageErrors(t, {
      'images/cni.yaml': CNI_YAML,
      'images/a.yaml': `${SMALLEST_IMAGE}cni: [bleu, blue/vxlna, blue/geneve, weave, red/x, Blue, blue, blue]\n`,
    }),
  );
});

test('an image can do without a CNI that it includes', async (t) => {
  const { definition } = await loadImage(t, {
    'images/cni.yaml': CNI_YAML,
    'images/base.yaml': `${SMALLEST_IMAGE}cni: [blue, red]\n`,
    'images/a.yaml': 'include: [base.yaml]\ncni: [-blue, blue/vxlan]\n',
  });
  t.deepEqual(definition.cni, ['red', 'blue/vxlan']);
});
