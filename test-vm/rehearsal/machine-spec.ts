import type { Accel, MachineSpec } from '../spec.ts';
import type { PlannedNode } from './plan.ts';

/** The machine of a node. Pure. */
export function machineSpecOf(
  { arch, cpus, memoryMiB, iso, cards, serial }: PlannedNode,
  place: {
    readonly accel: Accel;
    /** Its disk: a qcow2 file over the release's image. */
    readonly disk: string;
    /** What each card is plugged into, in the order of the cards. */
    readonly sockets: readonly string[];
  },
): MachineSpec {
  return {
    arch,
    accel: place.accel,
    cpus,
    memoryMiB,
    disk: { path: place.disk, format: 'qcow2', bus: 'virtio' },
    extraDisks: [{ path: iso, format: 'raw', bus: 'cdrom', readOnly: true }],
    nics: cards.map(({ mac }, index) => ({
      kind: 'lan',
      model: 'virtio',
      mac,
      socket: place.sockets[index] ?? '',
    })),
    usbPorts: false,
    watchdog: true,
    screen: false,
    smbiosFiles: [],
    ...(serial !== undefined && { serialNumber: serial }),
  };
}
