import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { loadDefinition } from '../../builder/image/definition/load.ts';
import { Scratch } from '../../builder/report/scratch.ts';
import { ARCH_NAMES, imageFileOf } from './bench.ts';
import { untrimmedText } from './untrimmed.ts';

const PATHS = ['kernel/drivers/gpu/drm/i915/i915.ko.xz', 'kernel/drivers/net/hyperv/hv-netvsc.ko'];

for (const arch of ARCH_NAMES) {
  test(`the untrimmed image for ${arch} takes back what Kiln's image has today`, async (t) => {
    await using scratch = await Scratch.create('untrimmed');
    const file = join(scratch.path, 'untrimmed.yaml');
    await mkdir(join(scratch.path, 'hwdb'));
    await writeFile(file, untrimmedText(arch, PATHS));

    // What it takes away and is not there would be an error.
    const { definition } = await loadDefinition(file);
    const { definition: ours } = await loadDefinition(imageFileOf(arch));
    t.deepEqual(definition.units.mask, []);
    t.deepEqual(definition.units.disable, []);
    t.deepEqual(definition.packages, ours.packages);
    t.deepEqual(definition.omit, ours.omit);
    t.deepEqual(definition.kernel.modules.slice(-2), ['i915', 'hv_netvsc']);
    t.deepEqual(definition.initrd.modules, [...ours.initrd.modules, 'hv_netvsc']);
  });
}
