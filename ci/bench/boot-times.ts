import { inSeconds, spreadOf, table } from './summary.ts';

/** Seconds that the phases of one boot took. */
export interface BootTimes {
  /** What comes before the kernel counts time. */
  readonly firmware: number;
  readonly kernel: number;
  readonly initrd: number;
  /** From the first process of the root to the start of k0s. */
  readonly userspace: number;
  readonly total: number;
  /** What QEMU computed meanwhile: hardly longer when the host does other things at the same time. */
  readonly processor: number;
}

/** What the host saw of a boot, in seconds from power-on to the box's last words. */
export interface Watched {
  readonly elapsed: number;
  readonly processor: number;
}

/** An image that was booted several times. */
export interface Booted {
  readonly name: string;
  readonly boots: readonly BootTimes[];
}

const LABELS: Readonly<Record<keyof BootTimes, string>> = {
  firmware: 'firmware and loader',
  kernel: 'kernel',
  initrd: 'initrd',
  userspace: 'userspace until k0s',
  total: 'power-on to k0s started',
  processor: "QEMU's processor time",
};

/**
 * Reads what k0s-started.sh says. systemd's times are in microseconds since the kernel started to count; when that
 * was follows from the guest's clock at its last words.
 */
export function bootTimesOf(
  facts: ReadonlyMap<string, string>,
  { elapsed, processor }: Watched,
): BootTimes {
  const fact = (name: string): number => {
    const value = Number(facts.get(name) ?? Number.NaN);
    if (value > 0) return value;
    throw new Error(`the box did not report ${name}, but: ${[...facts].join(' ') || 'nothing'}`);
  };
  const initrd = fact('InitRDTimestampMonotonic') / 1e6;
  const userspace = fact('UserspaceTimestampMonotonic') / 1e6;
  const started = fact('ActiveEnterTimestampMonotonic') / 1e6;
  const firmware = elapsed - fact('Uptime');
  return {
    firmware,
    kernel: initrd,
    initrd: userspace - initrd,
    userspace: started - userspace,
    total: firmware + started,
    processor,
  };
}

/** Two images side by side, and how many times as long the second one takes. */
export function comparison(one: Booted, other: Booted): string {
  const heading = ({ name }: Booted): readonly string[] => [`${name}: min s`, 'median s', 'max s'];
  return table([
    ['', ...heading(one), ...heading(other), 'times'],
    ...phases(LABELS).map(([phase, label]) => {
      const [ours, theirs] = [one, other].map(({ boots }) => spreadOf(boots.map((b) => b[phase])));
      if (ours === undefined || theirs === undefined) throw new Error('there are two images');
      const cells = [ours, theirs].flatMap(({ min, median, max }) => [min, median, max]);
      return [label, ...cells.map(inSeconds), (theirs.median / ours.median).toFixed(1)];
    }),
  ]);
}

/** The fields' names, in order. */
function phases(labels: typeof LABELS): readonly (readonly [keyof BootTimes, string])[] {
  const isPhase = (name: string): name is keyof BootTimes => Object.hasOwn(labels, name);
  return Object.keys(labels)
    .filter(isPhase)
    .map((name) => [name, labels[name]]);
}
