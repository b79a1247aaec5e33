import type { Stage } from '../node-state.ts';

/** Colours of the stages, for light and for dark screens; those of one hue belong together. */
const STAGE_COLOURS: Readonly<Record<Stage, readonly [light: string, dark: string]>> = {
  off: ['#e3e3e3', '#3a3a3a'],
  firmware: ['#b9b4d8', '#5d5788'],
  kernel: ['#9a92cc', '#746bab'],
  initrd: ['#7b70be', '#8f85cf'],
  booting: ['#8fb8de', '#3f6f9c'],
  unconfigured: ['#e0b04c', '#a97f22'],
  configuring: ['#5b97cf', '#5b97cf'],
  starting: ['#f0cf65', '#b8962e'],
  ready: ['#57a773', '#3f8f5c'],
  degraded: ['#ee964b', '#c9742c'],
  broken: ['#d1495b', '#c23b4e'],
};

/** Every stage, in the order in which a node goes through them. */
export const STAGES = Object.keys(STAGE_COLOURS).filter(isStage);

function isStage(name: string): name is Stage {
  return name in STAGE_COLOURS;
}

/** The report's style: nothing comes from elsewhere, and the screen decides between light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #ffffff; --faint: #6a6a6a; --line: #c9c9c9; --box: #f4f4f4; --good: #2c7a4b; --bad: #b02a3c;
${STAGES.map((stage) => `  --${stage}: ${STAGE_COLOURS[stage][0]};`).join('\n')} }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #1b1b1b; --faint: #a0a0a0; --line: #4a4a4a; --box: #262626; --good: #6cc08b; --bad: #f07f8e;
${STAGES.map((stage) => `    --${stage}: ${STAGE_COLOURS[stage][1]};`).join('\n')} }
}
body { color: var(--ink); background: var(--paper); font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0.2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.formed { color: var(--good); } .failed, .interrupted { color: var(--bad); }
.faint { color: var(--faint); } .scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--faint); } code, .mono { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { background: var(--box); padding: 0.8rem; overflow-x: auto; white-space: pre-wrap; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .small { fill: var(--faint); font-size: 11px; }
svg .box { fill: var(--box); stroke: var(--line); } svg .cable { stroke: var(--faint); fill: none; } svg .lan { stroke: var(--ink); stroke-width: 3; }
svg .grid { stroke: var(--line); stroke-dasharray: 2 3; }
${STAGES.map((stage) => `svg .${stage} { fill: var(--${stage}); }`).join('\n')}
details { margin: 0.5rem 0; } summary { cursor: pointer; } img.chart { background: #fff; max-width: none; }
`.trim();
