import type { Arch } from '../builder/image/arch.ts';

/** How the guest's instructions are executed. */
export type Accel = 'kvm' | 'tcg';

/** How an extra disk is attached: what a firmware and a kernel see of it. */
export type DiskBus = 'virtio' | 'usb' | 'cdrom' | 'nvme' | 'sata' | 'sas' | 'sd';

/** A disk of a machine. */
export interface Disk {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly bus: DiskBus;
  /** Bytes of a sector, logical and physical; the bus's own if not given. */
  readonly sectorBytes?: 4096;
}

/** A disk besides the one that the machine boots from. */
export interface ExtraDisk extends Disk {
  readonly readOnly: boolean;
  /** Somebody chooses it in the firmware's menu. */
  readonly isChosen?: boolean;
}

/** A TCP port of the host's loopback address that leads to a port of the guest. */
export interface Forward {
  readonly host: number;
  readonly guest: number;
}

/** What a network card looks like to the guest. */
export type NicModel = 'virtio' | 'e1000e';

interface Card {
  readonly model: NicModel;
  /** Without one QEMU counts them up from 52:54:00:12:34:56, the same in each machine. */
  readonly mac?: string;
}

/** A card behind QEMU's own router: DHCP, the internet if the host has it, the host as 10.0.2.2. */
export interface UserNic extends Card {
  readonly kind: 'user';
  readonly forwards: readonly Forward[];
  /** What firmware gets over TFTP before it looks at disks: a directory of the host, and a file in it. */
  readonly bootFrom?: { readonly directory: string; readonly file: string };
}

/** A card on a network that only virtual machines share. */
export interface LanNic extends Card {
  readonly kind: 'lan';
  /** The socket of a `Lan`. */
  readonly socket: string;
}

/** A card at a tap interface of the host: for who is root. The firmware looks there before it looks at disks. */
export interface TapNic extends Card {
  readonly kind: 'tap';
  readonly interface: string;
}

export type Nic = UserNic | LanNic | TapNic;

/** One card with DHCP: what a machine has if nothing is said. */
export const PLAIN_NIC: UserNic = { kind: 'user', model: 'virtio', forwards: [] };

/** A virtual machine, completely: the same spec gives the same command line. */
export interface MachineSpec {
  readonly arch: Arch;
  readonly accel: Accel;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The disk to boot from, writable: a copy-on-write file over the release's image. */
  readonly disk: Disk;
  readonly extraDisks: readonly ExtraDisk[];
  readonly nics: readonly Nic[];
  /** USB ports for sticks that come and go; those of `extraDisks` are there anyway. */
  readonly usbPorts: boolean;
  /** Hardware watchdog, so that a hanging guest is reset. */
  readonly watchdog: boolean;
  /** A screen, for screenshots; without one the firmware and the kernel start faster. */
  readonly screen: boolean;
  /** System credentials (systemd.system-credentials(7)), handed over in SMBIOS: files made by `writeCredentials`. */
  readonly smbiosFiles: readonly string[];
  /** The serial number that the firmware tells (SMBIOS type 1). */
  readonly serialNumber?: string;
  /** The firmware looks for what it can boot as its variables say, and on every disk; otherwise on `disk` alone. */
  readonly bootsAnything?: boolean;
  /** A PC's old firmware instead of UEFI; x86_64 only. */
  readonly bios?: boolean;
  /** U-Boot instead of UEFI: the program, for QEMU's arm64 machine. */
  readonly uBoot?: string;
  /** Settings of OVMF's that QEMU hands over, below opt/org.tianocore/. */
  readonly firmwareSettings?: Readonly<Record<string, string>>;
  /** Added to the kernel's command line by systemd-stub(7), as long as Secure Boot is off. */
  readonly kernelArguments?: string;
}

/** A network card on USB, the only kind that QEMU gives to a Raspberry Pi. */
export type UsbNic = Omit<UserNic, 'model' | 'bootFrom'> | Omit<LanNic, 'model'>;

/**
 * A Raspberry Pi as QEMU models it: what runs before U-Boot is left out. It has no virtio, so there are no ports for
 * verdicts and scripts: what is known of it comes over its serial line and its network.
 */
export interface BoardSpec {
  readonly model: 'raspi3b' | 'raspi4b';
  /** U-Boot, and the device tree that the firmware would hand to it. */
  readonly uBoot: string;
  readonly deviceTree: string;
  /** The SD card: a raw image, written to, whose size is a power of two. */
  readonly card: string;
  /** Not there from the start: see `plugInNic`. */
  readonly usbNic?: UsbNic;
}

/** Files and sockets of one running machine. */
export interface MachinePaths {
  /** Everything the guest wrote to its serial console. */
  readonly consoleLog: string;
  /** Two-way connection to the serial console. */
  readonly consoleSocket: string;
  /** What the guest wrote to its verdict port. */
  readonly verdictLog: string;
  /** Two-way connection to a port of the guest that runs scripts: `Remote`. */
  readonly remoteSocket: string;
  /** QEMU Machine Protocol. */
  readonly monitorSocket: string;
  /** The firmware's own variables, writable, one copy a machine. */
  readonly firmwareVars: string;
}
