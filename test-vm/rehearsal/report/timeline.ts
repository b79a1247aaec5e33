import type { StageChange } from '../node-state.ts';
import type { NodeRecord } from '../record.ts';
import { coordinate, escaped } from './escape.ts';
import { STAGES } from './style.ts';

const LABEL = 130;
const WIDTH = 760;
const ROW = 26;
const BAR = 18;
const TOP = 10;
/** Seconds between two lines of the grid: the smallest that gives no more than this many. */
const STEPS = [5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];
const MOST_LINES = 12;

/** A bar a node: its stages from left to right, on one scale. Pure. */
export function timelineSvg(nodes: readonly NodeRecord[], seconds: number): string {
  const bottom = TOP + nodes.length * ROW;
  const x = (at: number): string => coordinate(LABEL + (at / Math.max(1, seconds)) * WIDTH);
  const step = STEPS.find((each) => seconds / each <= MOST_LINES) ?? 7200;
  const lines = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
  const used = STAGES.filter((stage) =>
    nodes.some(({ stages }) => spansOf(stages, seconds).some((span) => span.stage === stage)),
  );
  const legend = used.map((stage, index) => {
    const left = LABEL + index * 92;
    return `<rect class="${stage}" x="${left}" y="${bottom + 34}" width="12" height="12"/><text class="small" x="${left + 17}" y="${bottom + 44}">${stage}</text>`;
  });
  return [
    `<svg role="img" aria-label="timeline" width="${LABEL + WIDTH + 40}" height="${bottom + 56}" viewBox="0 0 ${LABEL + WIDTH + 40} ${bottom + 56}">`,
    ...lines.map(
      (at) =>
        `<line class="grid" x1="${x(at)}" x2="${x(at)}" y1="${TOP - 6}" y2="${bottom}"/><text class="small" x="${x(at)}" y="${bottom + 16}" text-anchor="middle">${at} s</text>`,
    ),
    ...nodes.flatMap((node, index) => rowOf(node, TOP + index * ROW, seconds, x)),
    ...legend,
    '</svg>',
  ].join('\n');
}

function rowOf(
  { name, stages }: NodeRecord,
  y: number,
  seconds: number,
  x: (at: number) => string,
): readonly string[] {
  const bars = spansOf(stages, seconds).map(({ stage, at, end }) => {
    const width = coordinate(Math.max(0, Number(x(end)) - Number(x(at))));
    const told = `${name}: ${stage} from ${at.toFixed(1)} s to ${end.toFixed(1)} s`;
    return `<rect class="${stage}" x="${x(at)}" y="${y}" width="${width}" height="${BAR}"><title>${escaped(told)}</title></rect>`;
  });
  return [
    `<text x="${LABEL - 10}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
    ...bars,
  ];
}

/** Stages with their ends, without those that nobody can see. */
function spansOf(
  stages: readonly StageChange[],
  seconds: number,
): readonly (StageChange & { readonly end: number })[] {
  return stages
    .map((each, index) => ({ ...each, end: stages[index + 1]?.at ?? seconds }))
    .filter(({ at, end }) => end - at >= seconds / 1000);
}
