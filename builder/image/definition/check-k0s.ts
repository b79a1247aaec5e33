import type { Report } from '../../report/diagnostic.ts';
import type { Sources } from '../../yaml/sources.ts';
import type { Draft } from './rule.ts';
import type { WrittenK0s } from './schema-k0s.ts';

/** The release of k0s that a definition names; undefined where it names a file or the stand-in. */
export function releaseOf(k0s: WrittenK0s | undefined): string | undefined {
  return k0s !== undefined && 'version' in k0s ? k0s.version : undefined;
}

/** None at all is a release that is not pinned yet, which is refused where the binary is wanted; a gap is a slip. */
export function checkK0s({ k0s, arch }: Draft, sources: Sources, report: Report): void {
  if (!k0s || !arch || !('version' in k0s)) return;
  const isGap = Object.keys(k0s.sha256).length > 0 && k0s.sha256[arch] === undefined;
  if (!isGap) return;
  const note = `sha256sums.txt of the release ${k0s.version} lists it; without it the binary cannot be verified`;
  report.error(`the sha256 of k0s for ${arch} is missing`, sources.at(['k0s', 'sha256']), note);
}

/** A bundle of another release has images that k0s does not ask for, and not those that it does. */
export function checkAirgap({ airgap, k0s, arch }: Draft, sources: Sources, report: Report): void {
  if (!airgap || !('sha256' in airgap)) return;
  const release = releaseOf(k0s);
  if (airgap.version === undefined && release === undefined && k0s !== undefined) {
    const note = 'k0s is a file here, which does not tell; for example version: v1.36.3+k0s.2';
    report.error('the key "version" is missing', sources.at(['airgap']), note);
  }
  if (airgap.version !== undefined && release !== undefined && airgap.version !== release) {
    const note = `k0s itself is ${release}; without "version" the bundle is that of k0s`;
    report.error(
      'the airgap bundle is of another release',
      sources.at(['airgap', 'version']),
      note,
    );
  }
  if (arch && airgap.sha256[arch] === undefined) {
    const note = `sha256sums.txt of the release lists it; without it the bundle cannot be verified`;
    report.error(
      `the sha256 of the airgap bundle for ${arch} is missing`,
      sources.at(['airgap', 'sha256']),
      note,
    );
  }
}
