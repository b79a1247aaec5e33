import test from 'ava';
import { genericInitrd } from './generic-initrd.ts';

const has = test.macro<[path: string, names: readonly string[]]>({
  exec(t, path: string, names: readonly string[]) {
    t.deepEqual(genericInitrd([path]), names);
  },
  title: (_, path, names) => `${path} is ${names?.length ? '' : 'not '}in it`,
});

test(has, 'kernel/drivers/ata/ahci.ko.xz', ['ahci']);
test(has, 'kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko.xz', ['e1000e']);
test(has, 'kernel/drivers/usb/storage/usb-storage.ko', ['usb_storage']);
test(has, 'kernel/fs/btrfs/btrfs.ko.xz', ['btrfs']);
test(has, 'kernel/drivers/pci/controller/vmd.ko.xz', ['vmd']);
test(has, 'kernel/drivers/net/wireless/ath/ath9k/ath9k.ko.xz', []);
test(has, 'kernel/drivers/net/tun.ko.xz', []);
test(has, 'kernel/drivers/gpu/drm/i915/i915.ko.xz', []);
test(has, 'kernel/sound/soundcore.ko.xz', []);

test('names come in the order of the paths', (t) => {
  const paths = ['kernel/drivers/nvme/host/nvme.ko', 'sound/x.ko', 'kernel/drivers/scsi/sg.ko'];
  t.deepEqual(genericInitrd(paths), ['nvme', 'sg']);
});
