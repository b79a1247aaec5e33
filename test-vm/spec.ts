import type { Arch } from '../builder/image/arch.ts';

/** How the guest's instructions are executed. */
export type Accel = 'kvm' | 'tcg';

/** How an extra disk is attached: what a firmware and a kernel see of it. */
export type DiskBus = 'virtio' | 'usb' | 'cdrom' | 'nvme' | 'sata';

/** A disk besides the one that the machine boots from. */
export interface ExtraDisk {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly bus: DiskBus;
  readonly readOnly: boolean;
}

/** A TCP port of the host's loopback address that leads to a port of the guest. */
export interface Forward {
  readonly host: number;
  readonly guest: number;
}

/** A virtual machine, completely: the same spec gives the same command line. */
export interface MachineSpec {
  readonly arch: Arch;
  readonly accel: Accel;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The disk to boot from, writable: a copy-on-write file over the release's image. */
  readonly disk: { readonly path: string; readonly format: 'raw' | 'qcow2'; readonly bus: DiskBus };
  readonly extraDisks: readonly ExtraDisk[];
  readonly forwards: readonly Forward[];
  /** Hardware watchdog, so that a hanging guest is reset. */
  readonly watchdog: boolean;
  /** A screen, for screenshots; without one the firmware and the kernel start faster. */
  readonly screen: boolean;
  /** System credentials (systemd.system-credentials(7)), handed over in SMBIOS: files made by `writeCredentials`. */
  readonly smbiosFiles: readonly string[];
}

/** Files and sockets of one running machine. */
export interface MachinePaths {
  /** Everything the guest wrote to its serial console. */
  readonly consoleLog: string;
  /** Two-way connection to the serial console. */
  readonly consoleSocket: string;
  /** What the guest wrote to its verdict port. */
  readonly verdictLog: string;
  /** QEMU Machine Protocol. */
  readonly monitorSocket: string;
  /** The firmware's own variables, writable, one copy a machine. */
  readonly firmwareVars: string;
}
