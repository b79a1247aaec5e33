import { moduleName } from '../../builder/image/kernel/metadata.ts';
import { globMatcher } from '../../builder/image/tree/exclude.ts';

/**
 * What an initrd gets that has to start any machine: `MODULES=most` of initramfs.conf(5), which is Debian's default.
 * Paths below the kernel's directory of modules, as in `auto_add_modules` of initramfs-tools.
 */
const MOST: readonly string[] = [
  ...['ata', 'block', 'bus', 'clk', 'gpio', 'hid', 'i2c/busses', 'i2c/muxes', 'input/keyboard'],
  ...['mfd', 'mmc', 'net', 'nvme', 'pci/controller', 'phy', 'pinctrl', 'regulator', 'reset', 'rtc'],
  ...['scsi', 'spi', 'ufs', 'usb/c67x00', 'usb/chipidea', 'usb/dwc2', 'usb/dwc3', 'usb/host'],
  ...['usb/isp1760', 'usb/musb', 'usb/phy', 'usb/renesas_usbhs', 'usb/storage', 'usb/typec/tcpm'],
].map((directory) => `kernel/drivers/${directory}/**`);

/** Network devices from which nobody starts. */
const NO_BOOT_DEVICES: readonly string[] = [
  ...['appletalk', 'arcnet', 'bonding', 'can', 'hamradio', 'team', 'wan', 'wireless', 'wwan'],
  ...['dummy.ko*', 'ifb.ko*', 'macvlan.ko*', 'macvtap.ko*', 'tun.ko*', 'veth.ko*'],
].map((name) => `!kernel/drivers/net/${name}`);

/** Single modules: file systems, keyboards, and controllers that are elsewhere. */
const NAMES: ReadonlySet<string> = new Set([
  ...['btrfs', 'ext2', 'ext4', 'f2fs', 'isofs', 'jfs', 'nfs', 'nfsv3', 'nfsv4', 'udf', 'xfs'],
  ...['af_packet', 'atkbd', 'hyperv_keyboard', 'i8042', 'psmouse', 'virtio_mmio', 'virtio_pci'],
  ...['firewire_ohci', 'firewire_sbp2', 'mptfc', 'mptsas', 'mptscsih', 'mptspi', 'vmd'],
]);

/** Of a kernel's modules, given by path, the names of those that a generic initrd has. Pure. */
export function genericInitrd(paths: Iterable<string>): readonly string[] {
  const isMost = globMatcher([...MOST, ...NO_BOOT_DEVICES]);
  return [...paths].flatMap((path) => {
    const name = moduleName(path);
    return isMost(path) || NAMES.has(name) ? [name] : [];
  });
}
