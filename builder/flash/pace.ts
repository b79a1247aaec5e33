import type { Meter } from '../report/progress.ts';
import { sizeText } from './devices/size-text.ts';

/** Milliseconds, only going forward. */
export type Clock = () => number;

/** Counts bytes on a meter, and notes how fast it goes and how long it will still take. */
export function paceOf(meter: Meter, totalBytes: number, clock: Clock): (bytes: number) => void {
  const startedAt = clock();
  let done = 0;
  meter.expect(totalBytes);
  return (bytes) => {
    done += bytes;
    meter.advance(bytes);
    meter.note(paceText(done, totalBytes, clock() - startedAt));
  };
}

/** `23.5 MB/s, 1 min 20 s left`; empty as long as nothing can be said. */
export function paceText(doneBytes: number, totalBytes: number, elapsedMs: number): string {
  if (elapsedMs <= 0 || doneBytes <= 0) return '';
  const bytesPerSecond = (doneBytes / elapsedMs) * 1000;
  const left = Math.ceil((totalBytes - doneBytes) / bytesPerSecond);
  return `${sizeText(Math.round(bytesPerSecond))}/s, ${durationText(left)} left`;
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
