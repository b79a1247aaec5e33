import { escaped, networkOf } from './qemu-args.ts';
import type { BoardSpec, MachinePaths } from './spec.ts';

/** The network that a card on USB will be at. */
export const USB_NIC_NETWORK = 'net0';

/** QEMU's arguments for a Raspberry Pi, without the program itself. Its processors and memory are the model's. Pure. */
export function boardArgs(spec: BoardSpec, paths: MachinePaths): string[] {
  const { model, uBoot, deviceTree, card, usbNic } = spec;
  const console = `path=${escaped(paths.consoleSocket)},logfile=${escaped(paths.consoleLog)}`;
  return [
    ...['-no-user-config', '-display', 'none', '-machine', model, '-accel', 'tcg,thread=multi'],
    ...['-kernel', uBoot, '-dtb', deviceTree],
    ...['-drive', `if=sd,format=raw,file=${escaped(card)}`],
    ...(usbNic === undefined ? [] : ['-netdev', networkOf(USB_NIC_NETWORK, usbNic)]),
    // The first line is the PL011, where U-Boot's first words are; all else is on the mini UART.
    ...['-serial', 'null'],
    ...['-chardev', `socket,id=console,server=on,wait=off,${console}`],
    ...['-serial', 'chardev:console'],
    ...['-monitor', 'none', '-qmp', `unix:${escaped(paths.monitorSocket)},server=on,wait=off`],
  ];
}
