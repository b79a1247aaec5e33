// Shapes of sections about services; snippets-known.ts says what the placeholders in them stand for.

const CONFIGURED =
  'if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ] || [ "$1" = "abort-deconfigure" ] || [ "$1" = "abort-remove" ]; then';
const BOOTED = 'if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then';
const RELOAD = 'systemctl --system daemon-reload >/dev/null || true';
const INIT = 'if [ -z "$DPKG_ROOT" ] && [ -x "<path>" ]; then';

/** Lines that debhelper lets a postinst run when the package is configured. */
export function configured(...lines: readonly string[]): readonly string[] {
  return [CONFIGURED, ...lines, 'fi'];
}

/** The calls of deb-systemd-helper, for the system or with `--user` for users' managers. */
function helper(user: '' | '--user ') {
  return {
    unmask: `deb-systemd-helper ${user}unmask <units> >/dev/null || true`,
    ifWasEnabled: `if deb-systemd-helper --quiet ${user}was-enabled <units>; then`,
    ifInstalled: `if deb-systemd-helper ${user}debian-installed <units>; then`,
    enable: `deb-systemd-helper ${user}enable <units> >/dev/null || true`,
    update: `deb-systemd-helper ${user}update-state <units> >/dev/null || true`,
  };
}

function enabling(user: '' | '--user '): readonly string[] {
  const { unmask, ifWasEnabled, enable, update } = helper(user);
  return [unmask, ifWasEnabled, enable, 'else', update, 'fi'];
}

/** A unit that is installed but left disabled (`dh_installsystemd --no-enable`). */
function notEnabling(user: '' | '--user '): readonly string[] {
  const { unmask, ifWasEnabled, ifInstalled, enable, update } = helper(user);
  return [ifInstalled, unmask, ifWasEnabled, enable, 'fi', 'fi', update];
}

const RESTART_OR_START = (verb: string) => [
  'if [ -n "$2" ]; then',
  `_dh_action=${verb}`,
  'else',
  '_dh_action=start',
  'fi',
];

/** What dh_installsystemd writes. */
export const SYSTEM_UNITS: readonly (readonly string[])[] = [
  configured(...enabling('')),
  configured(...notEnabling('')),
  configured(BOOTED, RELOAD, 'deb-systemd-invoke start <units> >/dev/null || true', 'fi'),
  ...['restart', 'try-restart', 'reload', 'reload-or-restart'].flatMap((verb) => [
    configured(
      'if [ -d /run/systemd/system ]; then',
      RELOAD,
      ...RESTART_OR_START(verb),
      'deb-systemd-invoke $_dh_action <units> >/dev/null || true',
      'fi',
    ),
    configured(
      BOOTED,
      RELOAD,
      'if [ -n "$2" ]; then',
      `deb-systemd-invoke ${verb} <units> >/dev/null || true`,
      'fi',
      'fi',
    ),
  ]),
  [
    'if [ -z "$DPKG_ROOT" ] && [ "$1" = upgrade ] && [ -d /run/systemd/system ]; then',
    'deb-systemd-invoke stop <units> >/dev/null || true',
    'fi',
  ],
];

/** What dh_installsystemduser writes. */
export const USER_UNITS: readonly (readonly string[])[] = [
  configured('if [ -z "$DPKG_ROOT" ]; then', ...enabling('--user '), 'fi'),
  configured('if [ -z "$DPKG_ROOT" ]; then', ...notEnabling('--user '), 'fi'),
  configured(
    BOOTED,
    'deb-systemd-invoke --user daemon-reload >/dev/null || true',
    'deb-systemd-invoke --user restart <units> >/dev/null || true',
    'fi',
  ),
];

/** What dh_installinit writes. */
export const INIT_SCRIPTS: readonly (readonly string[])[] = [
  ...['', ' || true', ' || exit 1'].map((otherwise) =>
    configured('if [ -x "<path>" ]; then', `update-rc.d <name><args> >/dev/null${otherwise}`, 'fi'),
  ),
  ...['true', 'exit 1'].flatMap((otherwise) => [
    configured(
      INIT,
      'update-rc.d <name><args> >/dev/null',
      `invoke-rc.d<args> start || ${otherwise}`,
      'fi',
    ),
    configured(
      INIT,
      'update-rc.d <name><args> >/dev/null',
      ...RESTART_OR_START('restart'),
      `invoke-rc.d<args> $_dh_action || ${otherwise}`,
      'fi',
    ),
    [
      'if [ -z "$DPKG_ROOT" ] && [ "$1" = upgrade ] && [ -x "<path>" ]; then',
      `invoke-rc.d<args> stop || ${otherwise}`,
      'fi',
    ],
  ]),
  [
    'if [ "$1" = "install" ] && [ -n "$2" ] && [ -e "<path>" ]; then',
    'chmod +x "<path>" >/dev/null || true',
    'fi',
  ],
];
