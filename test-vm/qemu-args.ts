import type { Arch } from '../builder/image/arch.ts';
import type {
  Disk,
  DiskBus,
  MachinePaths,
  MachineSpec,
  Nic,
  NicModel,
  UsbNic,
  UserNic,
} from './spec.ts';

/** The port's name in the guest: /dev/virtio-ports/<name>. */
export const VERDICT_PORT = 'kiln.verdict';
/** As well; what is written to it are scripts. */
const REMOTE_PORT = 'kiln.remote';
/** The USB controller's bus, for what is plugged in later. */
export const USB_BUS = 'usb.0';

/** What differs by architecture on the command line. */
interface Platform {
  readonly program: string;
  readonly machine: string;
  /** `max` without what is dear to emulate. */
  readonly emulatedCpu: string;
  readonly watchdog: string;
  readonly screen: readonly string[];
}

const PLATFORMS: Readonly<Record<Arch, Platform>> = {
  x86_64: {
    program: 'qemu-system-x86_64',
    machine: 'q35,smm=off,graphics=off,vmport=off',
    emulatedCpu: 'max',
    watchdog: 'i6300esb',
    screen: ['-device', 'VGA,romfile='],
  },
  arm64: {
    program: 'qemu-system-aarch64',
    machine: 'virt,gic-version=3',
    emulatedCpu: 'max,pauth-impdef=on',
    watchdog: 'i6300esb',
    screen: ['-device', 'virtio-gpu-pci,romfile='],
  },
};

/** QEMU's program for an architecture. */
export function qemuProgram(arch: Arch): string {
  return PLATFORMS[arch].program;
}

/** QEMU's arguments for a machine, without the program itself. Pure. */
export function qemuArgs(spec: MachineSpec, paths: MachinePaths, firmwareCode: string): string[] {
  return [
    ...platformArgs(spec),
    ...startArgs(spec, paths, firmwareCode),
    ...Object.entries(spec.firmwareSettings ?? {}).flatMap(([name, value]) => [
      ...['-fw_cfg', `name=opt/org.tianocore/${name},string=${value}`],
    ]),
    ...diskArgs('boot', spec.disk, bootIndexOf(spec)),
    ...spec.extraDisks.flatMap((disk, index) =>
      diskArgs(`extra${index}`, disk, disk.isChosen === true ? 0 : undefined),
    ),
    ...spec.nics.flatMap((nic, index) => nicArgs(nic, index, spec.bios === true)),
    ...portArgs(paths),
    ...(spec.watchdog
      ? ['-device', PLATFORMS[spec.arch].watchdog, '-action', 'watchdog=reset']
      : []),
    ...smbiosArgs(spec),
  ];
}

/** A machine with nothing but firmware and a console, under KVM: for finding out whether KVM works. Pure. */
export function trialArgs(arch: Arch, code: string, vars: string, consoleLog: string): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-m', '256M'],
    ...['-machine', PLATFORMS[arch].machine, '-accel', 'kvm', '-cpu', 'host', '-smp', '2'],
    ...firmwareArgs(code, vars),
    ...['-chardev', `file,id=console,path=${escaped(consoleLog)}`, '-serial', 'chardev:console'],
  ];
}

function platformArgs(spec: MachineSpec): string[] {
  const platform = PLATFORMS[spec.arch];
  const emulated = ['-accel', 'tcg,thread=multi', '-cpu', platform.emulatedCpu];
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', machineOf(spec)],
    ...(spec.accel === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : emulated),
    ...['-smp', String(spec.cpus), '-m', `${spec.memoryMiB}M`],
    ...['-device', 'virtio-rng-pci'],
    ...(spec.screen ? platform.screen : []),
    ...(needsUsb(spec) ? ['-device', 'qemu-xhci,id=usb'] : []),
  ];
}

/** UEFI looks only at devices that have one, as soon as one has. */
function bootIndexOf({ bootsAnything, nics }: MachineSpec): number | undefined {
  if (bootsAnything === true) return undefined;
  return nics.some(isBootedFrom) ? 1 : 0;
}

/** Old firmware that has to speak on the serial line does not run option ROMs. */
function machineOf({ arch, bios }: MachineSpec): string {
  const { machine } = PLATFORMS[arch];
  return bios === true ? machine.replace(',graphics=off', '') : machine;
}

function needsUsb(spec: MachineSpec): boolean {
  return spec.usbPorts || [spec.disk, ...spec.extraDisks].some(({ bus }) => bus === 'usb');
}

function startArgs({ bios, uBoot }: MachineSpec, paths: MachinePaths, code: string): string[] {
  if (uBoot !== undefined) return ['-bios', uBoot];
  return bios === true ? [] : firmwareArgs(code, paths.firmwareVars);
}

function firmwareArgs(code: string, vars: string): string[] {
  return [
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(code)}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${escaped(vars)}`],
  ];
}

const DEVICES: Readonly<Record<DiskBus, (id: string) => string>> = {
  virtio: (id) => `virtio-blk-pci,drive=${id},serial=${id}`,
  usb: (id) => `usb-storage,drive=${id},bus=${USB_BUS},serial=${id}`,
  cdrom: (id) => `scsi-cd,drive=${id},bus=${id}-scsi.0`,
  nvme: (id) => `nvme,drive=${id},serial=${id}`,
  sata: (id) => `ide-hd,drive=${id},bus=ide.0,serial=${id}`,
  sas: (id) => `scsi-hd,drive=${id},bus=${id}-sas.0,serial=${id}`,
  sd: (id) => `sd-card,drive=${id},bus=sd-bus`,
};

/** What a disk is plugged into, where the machine has nothing for it. */
const CONTROLLERS: { readonly [bus in DiskBus]?: (id: string) => string } = {
  cdrom: (id) => `virtio-scsi-pci,id=${id}-scsi`,
  sas: (id) => `megasas-gen2,id=${id}-sas`,
  sd: () => 'sdhci-pci',
};

function diskArgs(
  id: string,
  disk: Disk & { readonly readOnly?: boolean },
  bootIndex: number | undefined,
): string[] {
  const readOnly = disk.readOnly === true ? ',readonly=on' : '';
  const boot = bootIndex === undefined ? '' : `,bootindex=${bootIndex}`;
  const controller = CONTROLLERS[disk.bus];
  const { sectorBytes: bytes } = disk;
  const sectors =
    bytes === undefined ? '' : `,logical_block_size=${bytes},physical_block_size=${bytes}`;
  return [
    '-drive',
    `if=none,id=${id},format=${disk.format},discard=unmap,file=${escaped(disk.path)}${readOnly}`,
    ...(controller === undefined ? [] : ['-device', controller(id)]),
    ...['-device', `${DEVICES[disk.bus](id)}${sectors}${boot}`],
  ];
}

const NICS: Readonly<Record<NicModel, string>> = { virtio: 'virtio-net-pci', e1000e: 'e1000e' };

function nicArgs(nic: Nic, index: number, bios: boolean): string[] {
  const id = `net${index}`;
  const boot = isBootedFrom(nic) ? ',bootindex=0' : '';
  const mac = nic.mac === undefined ? '' : `,mac=${nic.mac}`;
  return [
    ...['-netdev', networkOf(id, nic)],
    // No option ROM but where one is needed: UEFI would try to boot from the network with it.
    ...['-device', `${NICS[nic.model]},netdev=${id}${bios ? '' : ',romfile='}${mac}${boot}`],
  ];
}

/** QEMU's `-netdev` for a card. Pure. */
export function networkOf(id: string, nic: Nic | UsbNic): string {
  switch (nic.kind) {
    case 'user':
      return userNetwork(id, nic);
    case 'lan':
      return lanNetwork(id, nic.socket);
    case 'tap':
      return `tap,id=${id},ifname=${nic.interface},script=no,downscript=no`;
  }
}

function isBootedFrom(nic: Nic): boolean {
  return nic.kind === 'tap' || (nic.kind === 'user' && nic.bootFrom !== undefined);
}

function userNetwork(
  id: string,
  { forwards, bootFrom }: Pick<UserNic, 'forwards' | 'bootFrom'>,
): string {
  const forwarded = forwards.map(({ host, guest }) => `,hostfwd=tcp:127.0.0.1:${host}-:${guest}`);
  const boot = bootFrom && `,tftp=${escaped(bootFrom.directory)},bootfile=${bootFrom.file}`;
  return `user,id=${id}${forwarded.join('')}${boot ?? ''}`;
}

function lanNetwork(id: string, socket: string): string {
  return `stream,id=${id},server=off,addr.type=unix,addr.path=${escaped(socket)}`;
}

function smbiosArgs({ smbiosFiles, serialNumber, kernelArguments }: MachineSpec): string[] {
  const extra = `io.systemd.stub.kernel-cmdline-extra=${kernelArguments}`;
  return [
    ...(serialNumber === undefined ? [] : ['-smbios', `type=1,serial=${escaped(serialNumber)}`]),
    ...(kernelArguments === undefined ? [] : ['-smbios', `type=11,value=${escaped(extra)}`]),
    ...smbiosFiles.flatMap((file) => ['-smbios', `type=11,path=${escaped(file)}`]),
  ];
}

function portArgs(paths: MachinePaths): string[] {
  const console = `path=${escaped(paths.consoleSocket)},logfile=${escaped(paths.consoleLog)}`;
  return [
    ...['-chardev', `socket,id=console,server=on,wait=off,${console}`],
    ...['-serial', 'chardev:console'],
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', `file,id=verdict,path=${escaped(paths.verdictLog)}`],
    ...['-device', `virtserialport,chardev=verdict,name=${VERDICT_PORT}`],
    ...['-chardev', `socket,id=remote,server=on,wait=off,path=${escaped(paths.remoteSocket)}`],
    ...['-device', `virtserialport,chardev=remote,name=${REMOTE_PORT}`],
    ...['-qmp', `unix:${escaped(paths.monitorSocket)},server=on,wait=off`],
  ];
}

/** QEMU splits options at commas; a doubled comma is a plain one. */
export function escaped(text: string): string {
  return text.replaceAll(',', ',,');
}
