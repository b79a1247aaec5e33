import test, { type ExecutionContext } from 'ava';
import { sha256 } from '../../report/sha256.ts';
import {
  fakeKmod,
  fakeStore,
  kernelPackage,
  packageOf,
  RELEASE,
  temporary,
} from '../../testing/kernel-fixture.ts';
import { decodeYaml } from '../../yaml/decode.ts';
import type { Decoder } from '../../yaml/decoder.ts';
import { readContent } from '../tree/content.ts';
import { firmwareWarning, reportModules } from './module-report.ts';
import { modulesTable } from './module-table.ts';
import { selectKernel } from './select.ts';

const MODULES = {
  'fs/ext4.ko.xz': 'depends=jbd2',
  'fs/jbd2.ko.xz': 'depends=',
  'net/r8169.ko.xz': 'depends=;softdep=pre: realtek;firmware=rtl/a.fw;firmware=rtl/gone.fw',
  'net/realtek.ko.xz': 'depends=',
  'net/wifi.ko.xz': 'depends=;firmware=wifi.bin',
};
const SETS = {
  nic: { description: 'Network cards', modules: ['r8169'], optional: ['never'] },
  broken: { description: 'Asks for too much', modules: ['nowhere'] },
};
const ANYTHING: Decoder<true> = { expected: '', schema: () => ({}), decode: () => true };

function setup(t: ExecutionContext, kernelModules: readonly string[], initrdModules = ['ext4']) {
  const directory = temporary(t);
  const text = `kernel:\n  modules: [${kernelModules}]\ninitrd:\n  modules: [${initrdModules}]\n`;
  const { sources } = decodeYaml({ name: 'images/x.yaml', text }, ANYTHING);
  const packages = [
    kernelPackage(directory, MODULES, 'kernel/fs/fuse.ko\n'),
    packageOf(directory, 'firmware-rtl', {
      'usr/lib/firmware/rtl/a.fw': 'firmware',
      'usr/lib/firmware/wifi.bin': 'wifi',
    }),
  ];
  const definition = {
    file: 'images/x.yaml',
    arch: 'x86_64',
    kernel: { flavour: 'amd64', modules: kernelModules, cmdline: [] },
    initrd: { modules: initrdModules, files: [], overlays: [] },
    netboot: { modules: [], files: [], overlays: [] },
    iso: { modules: [], files: [], overlays: [] },
    artifacts: ['disk'],
  } as const;
  const tools = { store: fakeStore(directory), kmod: fakeKmod(MODULES) };
  return { request: { definition, sources, packages, sets: SETS }, tools };
}

test('the root gets its modules, indexes, configuration and firmware, and nothing else', async (t) => {
  const { request, tools } = setup(t, ['nic', 'ext4']);
  const selection = await selectKernel(request, tools);
  const below = `usr/lib/modules/${RELEASE}`;
  t.deepEqual(
    selection.moduleEntries.map(({ path }) => path.replace(`${below}/`, '')),
    [
      'kernel/fs/ext4.ko.xz',
      'kernel/fs/jbd2.ko.xz',
      'kernel/net/r8169.ko.xz',
      'kernel/net/realtek.ko.xz',
      'modules.builtin',
      'modules.builtin.modinfo',
      'modules.dep',
      'modules.dep.bin',
      'modules.order',
      'modules.softdep',
      'config',
    ],
  );
  t.deepEqual(
    selection.firmwareEntries.map(({ path }) => path),
    ['usr/lib/firmware/rtl/a.fw'],
  );
  t.is((await readContent(selection.vmlinuz)).toString(), 'the kernel');
  t.is(selection.release, RELEASE);
});

test('the initrd gets a closure of its own, without the indexes that only people read', async (t) => {
  const { request, tools } = setup(t, ['nic']);
  const { initrdEntries } = await selectKernel(request, tools);
  t.deepEqual(
    initrdEntries.map(({ path }) => path.replace(`usr/lib/modules/${RELEASE}/`, '')),
    ['kernel/fs/ext4.ko.xz', 'kernel/fs/jbd2.ko.xz', 'modules.dep.bin', 'modules.softdep'],
  );
});

test('modules.order has only what is in, in its order', async (t) => {
  const { request, tools } = setup(t, ['realtek', 'ext4']);
  const { moduleEntries } = await selectKernel(request, tools);
  const order = moduleEntries.find(({ path }) => path.endsWith('/modules.order'));
  const text = order?.kind === 'file' ? (await readContent(order.content)).toString() : '';
  t.is(text, 'kernel/fs/ext4.ko\nkernel/fs/jbd2.ko\nkernel/net/realtek.ko\n');
});

test('modinfo runs once for a kernel, depmod once for a selection', async (t) => {
  const { request, tools } = setup(t, ['nic']);
  const first = await selectKernel(request, tools);
  t.deepEqual(await selectKernel(request, tools), first);
  t.deepEqual(tools.kmod.runs, ['modinfo 5', 'depmod', 'depmod']);
});

test('a damaged module in the store stops the selection', async (t) => {
  const { request, tools } = setup(t, ['nic']);
  const [kernel, firmware] = request.packages;
  const entries = kernel!.unpacked.entries.map((entry) =>
    entry.path.endsWith('jbd2.ko.xz') ? { ...entry, sha256: sha256('other') } : entry,
  );
  const packages = [{ ...kernel!, unpacked: { ...kernel!.unpacked, entries } }, firmware!];
  await t.throwsAsync(selectKernel({ ...request, packages }, tools), { code: 'verification' });
});

test('unknown modules are reported all at once, at their places, with what may have been meant', async (t) => {
  const { request, tools } = setup(t, ['nci', 'broken', 'realtk'], ['ext5']);
  const error = await t.throwsAsync(selectKernel(request, tools));
  t.snapshot(error?.message);
});

test('the table tells every module with its size, place and reason', async (t) => {
  const { request, tools } = setup(t, ['nic', 'ext4', 'fuse', 'wifi']);
  const selection = await selectKernel(request, tools);
  t.snapshot(modulesTable(reportModules(selection)));
  t.snapshot(reportModules(selection), 'as JSON');
  t.is(
    firmwareWarning(selection, 'images/x.yaml'),
    '1 firmware file is in no locked package; see: kiln modules images/x.yaml',
  );
});

test('there is no warning when no firmware is missing', async (t) => {
  const { request, tools } = setup(t, ['wifi', 'ext4']);
  const selection = await selectKernel(request, tools);
  t.is(firmwareWarning(selection, 'images/x.yaml'), undefined);
});

test('a network boot has modules of its own on top of those of the initrd, when it is asked for', async (t) => {
  const { request, tools } = setup(t, ['ext4']);
  const netboot = { modules: ['nic'], files: [], overlays: [] };
  const without = await selectKernel(request, tools);
  t.is(without.startEntries.size, 0);
  const definition = { ...request.definition, netboot, artifacts: ['disk', 'netboot'] as const };
  const { initrdEntries, startEntries } = await selectKernel({ ...request, definition }, tools);
  t.deepEqual(initrdEntries, without.initrdEntries);
  const names = (entries = initrdEntries) =>
    entries
      .map(({ path }) => path.split('/').at(-1))
      .filter((name) => /\.(ko|fw)/.test(name ?? ''));
  t.deepEqual(names(), ['ext4.ko.xz', 'jbd2.ko.xz']);
  t.deepEqual([...startEntries.keys()], ['netboot']);
  t.deepEqual(names(startEntries.get('netboot')), [
    ...['ext4.ko.xz', 'jbd2.ko.xz', 'r8169.ko.xz', 'realtek.ko.xz'],
    'a.fw',
  ]);
});
