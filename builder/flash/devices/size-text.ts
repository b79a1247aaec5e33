const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A size as disks are sold, in powers of 1000: `31.9 GB`. */
export function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
