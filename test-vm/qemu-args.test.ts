import test from 'ava';
import { boardArgs } from './board-args.ts';
import { qemuArgs, trialArgs } from './qemu-args.ts';
import { type MachinePaths, type MachineSpec, PLAIN_NIC } from './spec.ts';

const PATHS: MachinePaths = {
  consoleLog: '/vm/console.log',
  consoleSocket: '/vm/console.socket',
  verdictLog: '/vm/verdict.log',
  remoteSocket: '/vm/remote.socket',
  monitorSocket: '/vm/monitor.socket',
  firmwareVars: '/vm/vars.fd',
};

const PLAIN: MachineSpec = {
  arch: 'x86_64',
  accel: 'tcg',
  cpus: 2,
  memoryMiB: 2048,
  disk: { path: '/vm/disk.qcow2', format: 'qcow2', bus: 'virtio' },
  extraDisks: [],
  nics: [PLAIN_NIC],
  usbPorts: false,
  watchdog: false,
  screen: false,
  smbiosFiles: [],
};

test('a plain x86_64 machine under emulation', (t) => {
  t.snapshot(qemuArgs(PLAIN, PATHS, '/fw/code.fd'));
});

test('an arm64 machine under KVM', (t) => {
  t.snapshot(qemuArgs({ ...PLAIN, arch: 'arm64', accel: 'kvm' }, PATHS, '/fw/code.fd'));
});

test('a machine with every kind of disk, ports, a screen, a watchdog and credentials', (t) => {
  const bus = (name: 'virtio' | 'usb' | 'cdrom' | 'nvme' | 'sata') =>
    ({ path: `/disks/${name}`, format: 'raw', bus: name, readOnly: name === 'cdrom' }) as const;
  const spec: MachineSpec = {
    ...PLAIN,
    extraDisks: [bus('virtio'), bus('usb'), bus('cdrom'), bus('nvme'), bus('sata')],
    nics: [{ ...PLAIN_NIC, forwards: [{ host: 2222, guest: 22 }] }],
    watchdog: true,
    screen: true,
    smbiosFiles: ['/vm/credential-0'],
  };
  t.snapshot(qemuArgs(spec, PATHS, '/fw/code.fd'));
});

test('an installer: an empty disk with sectors of 4096 bytes, and a firmware that looks everywhere', (t) => {
  const spec: MachineSpec = {
    ...PLAIN,
    disk: { path: '/disks/empty', format: 'raw', bus: 'nvme', sectorBytes: 4096 },
    extraDisks: [{ path: '/disks/iso', format: 'raw', bus: 'cdrom', readOnly: true }],
    bootsAnything: true,
  };
  t.snapshot(qemuArgs(spec, PATHS, '/fw/code.fd').filter((arg) => /disks|drive=/.test(arg)));
});

test('cards of both models, on a network of their own and behind QEMU’s router', (t) => {
  const lan = { kind: 'lan', socket: '/vm/lan.socket' } as const;
  const spec: MachineSpec = {
    ...PLAIN,
    nics: [
      { ...PLAIN_NIC, model: 'e1000e', mac: '52:54:00:00:00:01' },
      { ...lan, model: 'virtio', mac: '52:54:00:00:00:02' },
      { ...lan, model: 'e1000e' },
    ],
  };
  t.snapshot(qemuArgs(spec, PATHS, '/fw/code.fd').filter((arg) => arg.includes('net')));
});

test('USB ports without a stick, a serial number and an addition to the kernel’s command line', (t) => {
  const seed = 'ds=nocloud;s=http://10.0.2.2:80/';
  const spec: MachineSpec = {
    ...PLAIN,
    usbPorts: true,
    serialNumber: seed,
    kernelArguments: `${seed} a=1,2`,
  };
  t.snapshot(qemuArgs(spec, PATHS, '/fw/code.fd').filter((arg) => /usb|type=/.test(arg)));
});

test('a comma in a path does not start a new option', (t) => {
  const disk = { ...PLAIN.disk, path: '/vm/a,b.qcow2' };
  const args = qemuArgs({ ...PLAIN, disk }, PATHS, '/fw/code.fd');
  t.true(args.some((arg) => arg.includes('file=/vm/a,,b.qcow2')));
});

test('the trial machine is the real one without disks', (t) => {
  t.snapshot(trialArgs('x86_64', '/fw/code.fd', '/vm/vars.fd', '/vm/console'));
});

test('a machine whose firmware looks at the network before the disk', (t) => {
  const bootFrom = { directory: '/srv/tftp', file: 'ipxe.efi' };
  const spec = { ...PLAIN, nics: [{ ...PLAIN_NIC, bootFrom }] };
  const args = qemuArgs(spec, PATHS, '/fw/code.fd');
  t.snapshot(args.filter((arg) => /net0|bootindex/.test(arg)));
});

test('machines at a tap interface: with old firmware, and with UEFI that was told not to use PXE', (t) => {
  const nics = [{ kind: 'tap', model: 'virtio', interface: 'tap0' }] as const;
  const bios = qemuArgs({ ...PLAIN, nics, bios: true }, PATHS, '/fw/code.fd');
  t.snapshot(bios.filter((arg) => /net0|bootindex|pflash|q35/.test(arg)));
  const firmwareSettings = { IPv4PXESupport: 'no' };
  const uefi = qemuArgs({ ...PLAIN, nics, firmwareSettings }, PATHS, '/fw/code.fd');
  t.snapshot(uefi.filter((arg) => /net0|bootindex|pflash|tianocore/.test(arg)));
});

test('an arm64 machine that U-Boot starts', (t) => {
  const spec: MachineSpec = { ...PLAIN, arch: 'arm64', uBoot: '/fw/u-boot.bin' };
  t.snapshot(qemuArgs(spec, PATHS, '/fw/code.fd'));
});

test('a Raspberry Pi with a network card on USB, and one without', (t) => {
  const spec = { uBoot: '/fw/u-boot.bin', deviceTree: '/fw/pi.dtb', card: '/vm/sd,card.img' };
  const forwards = [{ host: 2222, guest: 22 }];
  t.snapshot(boardArgs({ ...spec, model: 'raspi3b', usbNic: { kind: 'user', forwards } }, PATHS));
  const lan = { kind: 'lan', mac: '52:54:00:00:00:01', socket: '/vm/lan.socket' } as const;
  t.snapshot(boardArgs({ ...spec, model: 'raspi3b', usbNic: lan }, PATHS));
  t.snapshot(boardArgs({ ...spec, model: 'raspi4b' }, PATHS));
});
