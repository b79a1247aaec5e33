import test from 'ava';
import { defaultEnvironment } from '../image/board/u-boot.ts';
import { bootsFrom, filesFrom } from './board-files.ts';

const ENVIRONMENT = [
  ...[
    'bootcmd=bootflow scan',
    'bootdelay=2',
    'loadaddr=0x1000000',
    'boot_targets=mmc usb pxe dhcp',
    'pxefile_addr_r=0x05500000',
  ],
  ...[
    'dhcpuboot=usb start; dhcp u-boot.uimg; bootm',
    'scriptaddr=0x05400000',
    'ramdisk_addr_r=0x05700000',
    'arch=arm',
  ],
];
const U_BOOT = Buffer.from(`code\0${ENVIRONMENT.join('\0')}\0\0more`);

test('U-Boot gets iPXE from the server, for as long as it takes', (t) => {
  t.snapshot([...defaultEnvironment(bootsFrom('192.168.100.200', U_BOOT))]);
});

test('nothing else of a board’s files is changed', (t) => {
  const files = new Map([
    ['start4.elf', Buffer.from('a blob')],
    ['u-boot.bin', U_BOOT],
  ]);
  const served = filesFrom('10.9.0.2', files);
  t.is(served.get('start4.elf'), files.get('start4.elf'));
  t.deepEqual(served.get('u-boot.bin'), bootsFrom('10.9.0.2', U_BOOT));
  t.is(filesFrom('10.9.0.2', new Map()).size, 0);
});
