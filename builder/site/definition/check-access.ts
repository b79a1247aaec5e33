import { distinct } from './check-labels.ts';
import { placeOfNode } from './plan.ts';
import type { Checked, Rule } from './rule.ts';
import { complaintAboutSshKey } from './ssh-key.ts';
import { complaintAboutTimeZone } from './time-zone.ts';

export const ACCESS_RULES: readonly Rule[] = [checkSshKeys, checkTimeZones, checkTimeServers];

function checkSshKeys({ plan, report }: Checked): void {
  for (const node of distinct(plan.nodes, (settings) => settings['ssh-keys'])) {
    for (const key of node.settings['ssh-keys'] ?? []) {
      const complaint = complaintAboutSshKey(key);
      if (!complaint) continue;
      report.error(complaint.message, placeOfNode(node, 'ssh-keys', key), complaint.note);
    }
  }
}

function checkTimeZones({ plan, report }: Checked): void {
  for (const node of distinct(plan.nodes, (settings) => settings['time-zone'])) {
    const complaint = complaintAboutTimeZone(node.settings['time-zone'] ?? 'UTC');
    if (complaint !== undefined) report.error(complaint, placeOfNode(node, 'time-zone'));
  }
}

/** Certificates need the right time, and a board may have no clock that lasts. */
function checkTimeServers({ plan, nodes, sources, report, isWhole }: Checked): void {
  const alone = nodes.find(
    ({ node, links }) => node.settings.ntp === undefined && links.every(({ dhcp4 }) => !dhcp4),
  );
  if (!isWhole || !alone) return;
  const message = `no time server is named for ${alone.node.name}, and no DHCP could name one`;
  const note =
    'without internet its clock may be wrong, and then certificates are; name some in "ntp"';
  const at = sources.keyAt([], 'network') ?? placeOfNode(alone.node, 'name');
  if (plan.nodes.length > 0) report.warn(message, at, note);
}
