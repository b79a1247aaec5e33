import { join } from 'node:path';
import type { Report } from '../../report/diagnostic.ts';
import { didYouMean } from '../../report/suggest.ts';
import type { Sources } from '../../yaml/sources.ts';
import { cniNames } from '../cni/demands.ts';
import { CNI_FILE, type CniRequirements, loadCniRequirements } from '../cni/requirements.ts';
import type { Places } from './paths.ts';
import type { Draft } from './rule.ts';

/** Reports CNIs and modes that nothing is known of. Whether the kernel has what they need is not known here. */
export async function checkCnis(
  { cni = [] }: Draft,
  context: { readonly places: Places; readonly sources: Sources; readonly report: Report },
): Promise<void> {
  if (cni.length === 0) return;
  const { places, sources, report } = context;
  const requirements = await loadCniRequirements(join(places.images, CNI_FILE));
  const known = cniNames(requirements);
  for (const name of cni.filter((each) => !known.includes(each))) {
    report.error(describeUnknown(name, requirements, known), sources.ofItem(['cni'], name));
  }
}

function describeUnknown(
  name: string,
  { cnis }: CniRequirements,
  known: readonly string[],
): string {
  const [cni = '', mode] = name.split('/');
  const owner = Object.hasOwn(cnis, cni) ? cnis[cni] : undefined;
  const tail = didYouMean(name, known);
  if (owner === undefined || mode === undefined) {
    return `nothing is known of a CNI "${cni}"${tail || `; known are ${Object.keys(cnis).join(', ')}`}`;
  }
  const modes = Object.keys(owner.modes).join(', ');
  return `${cni} has no mode "${mode}"${tail || `; it has ${modes || 'none'}`}`;
}
