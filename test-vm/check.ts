import type { Credential } from './credentials.ts';
import { VERDICT_PORT } from './qemu-args.ts';

/** The line that ends a verdict; without it the guest said nothing. */
const END = /^kiln-check-exit (\d+)$/m;

/**
 * A script that runs in the guest once it is up. The image knows nothing of it: the unit and the
 * script come as system credentials, which systemd itself turns into a unit (`systemd.extra-unit.*`
 * and `systemd.unit-dropin.*`, systemd-debug-generator(8)).
 * @param script POSIX sh; its output goes to the verdict port, its exit code is the verdict
 */
export function checkCredentials(script: string): Credential[] {
  const unit = [
    '[Unit]',
    'Description=Check from outside',
    'After=multi-user.target kiln-banner.service',
    '[Service]',
    // The start job must end at once: the script waits until no job is left.
    'Type=exec',
    'ImportCredential=kiln.*',
    `ExecStart=/bin/sh -c '{ sh "$$CREDENTIALS_DIRECTORY/kiln.check" 2>&1; echo "kiln-check-exit $$?"; } >/dev/virtio-ports/${VERDICT_PORT}'`,
    '',
  ].join('\n');
  return [
    { name: 'kiln.check', text: script },
    { name: 'systemd.extra-unit.kiln-check.service', text: unit },
    {
      name: 'systemd.unit-dropin.multi-user.target',
      text: '[Unit]\nWants=kiln-check.service\n',
    },
  ];
}

/** What a check said. */
export interface Verdict {
  readonly passed: boolean;
  /** The check's output. */
  readonly output: string;
}

/** Reads the verdict from what came through the port so far; undefined as long as it is not complete. */
export function parseVerdict(text: string): Verdict | undefined {
  const end = END.exec(text);
  if (end === null) return undefined;
  return { passed: end[1] === '0', output: text.slice(0, end.index) };
}

/** `key=value` lines of a check's output, as a map. */
export function factsOf(output: string): ReadonlyMap<string, string> {
  return new Map(
    output.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}
