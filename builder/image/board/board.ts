/**
 * What a machine is, where that decides how it starts.
 *
 * - `uefi`: a PC, a server or a virtual machine whose own firmware is UEFI.
 * - `raspberry-pi`: 3B, 3B+, Zero 2 W, 4B, 400 and CM4. Firmware files and U-Boot, which is the UEFI, are on the ESP.
 * - `raspberry-pi-5`: 5. Experimental.
 */
export type Board = 'uefi' | 'raspberry-pi' | 'raspberry-pi-5';

export const BOARD_NAMES: readonly [Board, ...Board[]] = ['uefi', 'raspberry-pi', 'raspberry-pi-5'];

/** A board that has no UEFI of its own. */
export type RaspberryPi = Exclude<Board, 'uefi'>;

/**
 * What differs between the boards: names of files, consoles. Facts about the firmware are in the documentation of
 * Raspberry Pi, "config.txt" and "The boot sequence".
 */
export interface RaspberryPiNames {
  /** Files of Debian's raspi-firmware that the ESP has: what runs before U-Boot. */
  readonly firmware: readonly string[];
  /** Of the kernel: the firmware picks the board's and hands it to U-Boot. */
  readonly deviceTrees: readonly string[];
  /**
   * Whether the UKI has them as well, so that kernel and device tree change together. systemd-stub(7) goes by a tree's
   * first compatible string, which has to tell the boards apart.
   */
  readonly treesInUki: boolean;
  /** The serial console; the last one is /dev/console, for a screen is seldom there. */
  readonly consoles: readonly string[];
}

export const RASPBERRY_PIS: Readonly<Record<RaspberryPi, RaspberryPiNames>> = {
  'raspberry-pi': {
    // The boot ROM of a 3 or a Zero 2 W reads bootcode.bin, then start.elf; from the 4 on the EEPROM reads start4.elf.
    firmware: ['bootcode.bin', 'start.elf', 'fixup.dat', 'start4.elf', 'fixup4.dat'],
    deviceTrees: [
      'bcm2837-rpi-3-b.dtb',
      'bcm2837-rpi-3-b-plus.dtb',
      'bcm2837-rpi-zero-2-w.dtb',
      'bcm2711-rpi-4-b.dtb',
      'bcm2711-rpi-400.dtb',
      'bcm2711-rpi-cm4-io.dtb',
    ],
    treesInUki: true,
    consoles: ['console=tty0', 'console=ttyS1,115200'],
  },
  'raspberry-pi-5': {
    // All of its firmware is in its EEPROM.
    firmware: [],
    deviceTrees: ['bcm2712-rpi-5-b.dtb', 'bcm2712-d-rpi-5-b.dtb'],
    // Both steppings of the chip say "raspberrypi,5-model-b" first: the stub would take the first tree for all.
    treesInUki: false,
    consoles: ['console=tty0', 'console=ttyAMA10,115200'],
  },
};
