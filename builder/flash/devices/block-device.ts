/** How a disk is connected. */
export type Bus =
  | 'usb'
  | 'sd'
  | 'emmc'
  | 'nvme'
  | 'sata'
  | 'sas'
  | 'scsi'
  | 'virtio'
  | 'loop'
  | 'virtual'
  | 'other';

/** A file system, or something else that lies on a disk or on a partition of it. */
export interface Volume {
  /** The kernel's name: sda1, or sda when there are no partitions. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Name in the partition table. */
  readonly partitionLabel: string | undefined;
  /** As udev has found it, or as it is mounted. */
  readonly filesystem: string | undefined;
  readonly label: string | undefined;
  /** Everything that has it in use, also through LVM, RAID and encryption. */
  readonly uses: readonly Use[];
}

/** Why a volume may not be written over. */
export type Use =
  | { readonly kind: 'mount'; readonly at: string }
  | { readonly kind: 'swap' }
  /** A device that was made of it and that nothing has mounted: LVM, RAID, encryption. */
  | { readonly kind: 'holder'; readonly name: string };

/** A whole disk as the kernel describes it. */
export interface BlockDevice {
  /** The kernel's name: sda. */
  readonly name: string;
  /** Where it is found: /dev/sda. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Bytes of a logical sector. */
  readonly sectorBytes: number;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** Another number for each medium that was put in (sysfs-block, "diskseq"); not there before Linux 5.15. */
  readonly sequence: string | undefined;
  readonly bus: Bus;
  /** Whether people plug it in and pull it out. */
  readonly isRemovable: boolean;
  readonly isReadOnly: boolean;
  /** The disk's partitions, and the disk itself when something lies on it without any. */
  readonly volumes: readonly Volume[];
}
