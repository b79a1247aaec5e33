import { configured, INIT_SCRIPTS, SYSTEM_UNITS, USER_UNITS } from './snippets-services.ts';

/** The scripts of a package that dpkg runs, or debconf before it (Debian Policy Manual, chapter 6). */
export const SCRIPT_NAMES = ['config', 'preinst', 'postinst', 'prerm', 'postrm'] as const;
export type ScriptName = (typeof SCRIPT_NAMES)[number];

/** Scripts that Kiln never has to look into, with the reason. */
export const RULED_OUT: Readonly<Partial<Record<ScriptName, string>>> = {
  config: 'debconf asks nothing at build time: its defaults hold',
  prerm: 'a package in an image is never removed',
  postrm: 'a package in an image is never removed',
};

/**
 * A piece of shell that is known by its code. Comments, blank lines and indentation are not compared.
 * Placeholders stand for what differs between packages; none of them can hold a shell operator, a quote
 * or an expansion:
 *
 * - `<name>`: a package, init script or version;
 * - `<path>`: a path;
 * - `<units>`: one or more unit names, each in single quotes;
 * - `<args>`: nothing or more words.
 */
export interface Known {
  readonly shape: readonly string[];
}

/** What a debhelper program leaves in maintainer scripts, where Kiln takes care of it in another way. */
export interface KnownSnippet extends Known {
  readonly tool: string;
  readonly reason: string;
}

const REASONS = {
  units: 'Kiln enables units itself, by presets; nothing is started at build time',
  init: 'systemd is the init; links for System V init scripts are not needed',
  tmpfiles: 'systemd-tmpfiles makes these at boot',
  sysusers: 'Kiln makes the accounts of sysusers.d at build time',
  python: 'Kiln byte-compiles Python itself',
  oldFiles: 'it moves files of older versions; a fresh image has none',
  depmod: 'Kiln runs depmod itself',
  runit: 'systemd is the init, not runit',
  notes: 'it leaves a note for its own postinst',
  desktop: 'a server image has no desktop menu and no icon cache',
} as const;

const ROOTED = `\${DPKG_ROOT:+--root="$DPKG_ROOT"}`;

/** dpkg-maintscript-helper(1): each acts only when an older version is being replaced. */
const OLD_FILES: readonly (readonly string[])[] = [
  'rm_conffile',
  'mv_conffile',
  'symlink_to_dir',
  'dir_to_symlink',
].map((verb) => [`dpkg-maintscript-helper ${verb}<args> -- "$@"`]);

const TMPFILES = configured(
  'if [ -x "$(command -v systemd-tmpfiles)" ]; then',
  `systemd-tmpfiles ${ROOTED} --create<args> || true`,
  'fi',
);

function snippets(
  tool: string,
  reason: string,
  shapes: readonly (readonly string[])[],
): readonly KnownSnippet[] {
  return shapes.map((shape) => ({ tool, reason, shape }));
}

/**
 * The sections that Kiln accounts for, by the debhelper program that writes them. The shapes are what
 * debhelper 13 and dh-python 6 write; a changed one is unknown until somebody has looked at it.
 */
export const KNOWN_SNIPPETS: readonly KnownSnippet[] = [
  ...snippets('dh_installsystemd', REASONS.units, SYSTEM_UNITS),
  ...snippets('dh_installsystemduser', REASONS.units, USER_UNITS),
  ...snippets('dh_installinit', REASONS.init, INIT_SCRIPTS),
  ...snippets('dh_installtmpfiles', REASONS.tmpfiles, [TMPFILES]),
  // Before compatibility level 14, dh_installsystemd writes it.
  ...snippets('dh_installsystemd', REASONS.tmpfiles, [TMPFILES]),
  ...snippets('dh_installsysusers', REASONS.sysusers, [
    configured(`systemd-sysusers ${ROOTED}<args>`),
  ]),
  ...snippets('dh_python3', REASONS.python, [
    [
      'if command -v py3compile >/dev/null 2>&1; then',
      'py3compile -p <name><args>',
      'fi',
      'if command -v pypy3compile >/dev/null 2>&1; then',
      'pypy3compile -p <name><args> || true',
      'fi',
    ],
  ]),
  ...snippets('dh_installdeb', REASONS.oldFiles, OLD_FILES),
  ...snippets('dh_installmodules', REASONS.depmod, [
    configured('if [ -e <path> ]; then', 'depmod -a -F <path> <name> || true', 'fi'),
  ]),
  ...snippets('dh_runit', REASONS.runit, [
    [
      'if [ ! -e /usr/lib/runit-helper/runit-helper ]; then',
      'echo "warning: can\'t find runit-helper, postinst action skipped!"',
      'echo "warning: runit-helper: please report this bug"',
      'fi',
      'if [ -z "$DPKG_ROOT" ] && [ -x /usr/lib/runit-helper/runit-helper ]; then',
      `NAME='<name>' ENABLE='<name>' ONUPGRADE='<name>' /usr/lib/runit-helper/runit-helper postinst "$@"`,
      'fi',
    ],
  ]),
  ...snippets('dh_installnss', REASONS.notes, [
    [
      'if [ "$1" = install ]; then',
      `touch "\${DPKG_ROOT}/etc/nsswitch.conf.nss.\${DPKG_MAINTSCRIPT_PACKAGE}-will-install"`,
      'fi',
    ],
  ]),
  ...snippets('dh_icons', REASONS.desktop, [
    configured(
      'if command -v update-icon-caches >/dev/null; then',
      'update-icon-caches<args>',
      'fi',
    ),
  ]),
  ...snippets('dh_installmenu', REASONS.desktop, [
    [
      'if [ "$1" = "configure" ] && [ -x "`command -v update-menus`" ] && [ -x "$DPKG_ROOT`command -v update-menus`" ]; then',
      'update-menus',
      'fi',
    ],
  ]),
];

/** Sections that Kiln does not stand in for: what has to be declared when one turns up. */
export const UNHANDLED: Readonly<Record<string, string>> = {
  dh_installalternatives: 'declare the names under "alternatives" of the image',
  dh_apparmor:
    'put an empty /etc/apparmor.d/local/<profile> in an overlay if the profile includes it',
  dh_ucf: 'put the configuration file that it copies in an overlay',
  dh_usrlocal: 'put the directories that it makes in an overlay',
  dh_installnss: 'put its services into /etc/nsswitch.conf in an overlay',
};

/** A whole script that differs between packages only by a version in it. */
export interface KnownScript extends Known {
  readonly script: ScriptName;
  readonly packages: RegExp;
  readonly reason: string;
}

const KERNEL = /^linux-image-\d/;
const KERNEL_HEAD = ['version=<name>', 'image_path=<path>$version'];
const KERNEL_REASON =
  'Kiln runs depmod and composes the initrd itself, and the boot loader finds the kernel in the UKI';

/** The kernel's scripts name its version, so no digest would outlive an update; firmware packages share one. */
export const KNOWN_SCRIPTS: readonly KnownScript[] = [
  {
    packages: /^firmware-/,
    script: 'postinst',
    reason: 'Kiln composes the initrd itself',
    shape: [
      ...['set -e', 'case "$1" in', 'configure)', 'dpkg-trigger --no-await update-initramfs', ';;'],
      ...['abort-upgrade|abort-remove|abort-deconfigure)', ';;', '*)'],
      ...[
        'echo "postinst called with unknown argument \\`$1\'" 1>&2',
        'exit 1',
        ';;',
        'esac',
        'exit 0',
      ],
    ],
  },
  {
    packages: KERNEL,
    script: 'preinst',
    reason: KERNEL_REASON,
    shape: [
      ...KERNEL_HEAD,
      ...['if [ "$1" = abort-upgrade ]; then', 'exit 0', 'fi', 'if [ "$1" = install ]; then'],
      ...['mkdir -p /lib/modules/$version', 'touch /lib/modules/$version/.fresh-install', 'fi'],
      ...['linux-run-hooks image preinst $version $image_path -- "$@"', 'exit 0'],
    ],
  },
  {
    packages: KERNEL,
    script: 'postinst',
    reason: KERNEL_REASON,
    shape: kernelPostinst(['depmod $version']),
  },
  // From 7.x on the modules have a package of their own, which has depmod in its script.
  { packages: KERNEL, script: 'postinst', reason: KERNEL_REASON, shape: kernelPostinst([]) },
  {
    packages: /^linux-modules-\d/,
    script: 'postinst',
    reason: 'Kiln runs depmod itself, over the modules that the image takes',
    shape: ['version=<name>', 'if [ "$1" = configure ]; then', 'depmod "$version"', 'fi', 'exit 0'],
  },
];

function kernelPostinst(depmod: readonly string[]): readonly string[] {
  return [
    ...KERNEL_HEAD,
    ...['if [ "$1" != configure ]; then', 'exit 0', 'fi', ...depmod],
    ...['if [ -f /lib/modules/$version/.fresh-install ]; then', 'change=install'],
    ...['else', 'change=upgrade', 'fi', 'linux-update-symlinks $change $version $image_path'],
    'rm -f /lib/modules/$version/.fresh-install',
    ...['linux-run-hooks image postinst $version $image_path -- "$@"', 'exit 0'],
  ];
}
