import { USB_NIC_NETWORK } from './board-args.ts';
import type { Machine } from './machine.ts';
import { monitorCommand } from './monitor.ts';
import type { UsbNic } from './spec.ts';

/**
 * Plugs the network card of a `BoardSpec` in. It comes when the guest's kernel runs: U-Boot looks at USB too, and QEMU's
 * controller tells of a device only once.
 */
export async function plugInNic({ paths }: Machine, { mac }: UsbNic): Promise<void> {
  const device = { driver: 'usb-net', netdev: USB_NIC_NETWORK, ...(mac !== undefined && { mac }) };
  await monitorCommand(paths.monitorSocket, 'device_add', device);
}
