import type { KernelFacts } from '../image/cni/coverage.ts';
import { cniNames, demandsOf } from '../image/cni/demands.ts';
import { CNI_REQUIREMENTS, type CniRequirements } from '../image/cni/requirements.ts';
import { decodeYaml } from '../yaml/decode.ts';

/** Two CNIs that ask for a little of everything. */
export const TWO_CNIS: CniRequirements = decodeYaml(
  {
    name: 'cni.yaml',
    text: `groups:
  base:
    kernel: '5.10'
    needs: { pods: [NAMESPACES, VETH=veth] }
    load: [overlay]
    sysctls: { net.ipv4.ip_forward: 1 }
  tunnel:
    uses: [base]
    kernel: '5.9'
    needs: { tunnels: [VXLAN=vxlan], pods as well: [VETH=veth] }
    wants: { speed: [FAST_A=fast_a|FAST_B=fast_b], tunnels: [VXLAN=vxlan] }
cnis:
  blue:
    uses: [base]
    modes:
      plain: {}
      vxlan: { uses: [tunnel, base], load: [vxlan, overlay] }
      wg: { kernel: '6.1', needs: { encryption: [WIREGUARD=wireguard, CRYPTO] } }
  red:
    needs: { the old tables: [LEGACY=ip_tables|OLD=ip_tables] }
    modes: {}
`,
  },
  CNI_REQUIREMENTS,
).value;

/** A kernel that has everything, as a module where there is one, and an image with all of these. */
export function completeKernel(
  requirements: CniRequirements,
  release = '6.12.9+deb13-amd64',
): KernelFacts {
  const demands = cniNames(requirements).map((name) => demandsOf(name, requirements));
  const options = demands.flatMap(({ needs, wants }) =>
    [...needs, ...wants].flatMap((need) => need.options),
  );
  const modules = new Set(options.flatMap(({ module }) => module ?? []));
  return {
    release,
    config: new Map(options.map(({ option, module }) => [option, module ? 'm' : 'y'])),
    inImage: modules,
    inPackages: modules,
  };
}

/** The same kernel built without these options, and an image without these modules. */
export function lacking(
  facts: KernelFacts,
  {
    options = [],
    modules = [],
  }: { readonly options?: readonly string[]; readonly modules?: readonly string[] },
): KernelFacts {
  return {
    ...facts,
    config: new Map([...facts.config].filter(([option]) => !options.includes(option))),
    inImage: new Set([...facts.inImage].filter((module) => !modules.includes(module))),
  };
}
