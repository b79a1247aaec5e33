import test from 'ava';
import { readScript } from './snippets.ts';

const POSTINST = { package: 'sample', script: 'postinst' } as const;
const CONFIGURED =
  'if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ] || [ "$1" = "abort-deconfigure" ] || [ "$1" = "abort-remove" ] ; then';

/** A section as debhelper marks it. */
function section(tool: string, ...lines: readonly string[]): string {
  return [`# Automatically added by ${tool}`, ...lines, '# End automatically added section'].join(
    '\n',
  );
}

function script(...parts: readonly string[]): string {
  return `${['#!/bin/sh', 'set -e', ...parts].join('\n')}\n`;
}

const ENABLE = section(
  'dh_installsystemd/13.24.2',
  CONFIGURED,
  '\t# A comment that may change.',
  "\tdeb-systemd-helper unmask 'sample.service' >/dev/null || true",
  "\tif deb-systemd-helper --quiet was-enabled 'sample.service'; then",
  "\t\tdeb-systemd-helper enable 'sample.service' >/dev/null || true",
  '\telse',
  "\t\tdeb-systemd-helper update-state 'sample.service' >/dev/null || true",
  '\tfi',
  'fi',
);

const KNOWN: readonly (readonly [title: string, text: string])[] = [
  ['an enabled unit', ENABLE],
  [
    'a unit that stays disabled',
    section(
      'dh_installsystemd/13.24.2',
      CONFIGURED,
      "if deb-systemd-helper debian-installed 'a@.service'; then",
      "deb-systemd-helper unmask 'a@.service' >/dev/null || true",
      "if deb-systemd-helper --quiet was-enabled 'a@.service'; then",
      "deb-systemd-helper enable 'a@.service' >/dev/null || true",
      ...['fi', 'fi'],
      "deb-systemd-helper update-state 'a@.service' >/dev/null || true",
      'fi',
    ),
  ],
  [
    'two started units',
    section(
      'dh_installsystemd/13.24.1',
      CONFIGURED,
      'if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then',
      'systemctl --system daemon-reload >/dev/null || true',
      String.raw`deb-systemd-invoke start 'a.socket' 'b\x2dc.service' >/dev/null || true`,
      ...['fi', 'fi'],
    ),
  ],
  [
    'a unit of users',
    section(
      'dh_installsystemduser/13.24.2',
      CONFIGURED,
      'if [ -z "$DPKG_ROOT" ] ; then',
      "deb-systemd-helper --user unmask 'a.socket' >/dev/null || true",
      "if deb-systemd-helper --quiet --user was-enabled 'a.socket' ; then",
      "deb-systemd-helper --user enable 'a.socket' >/dev/null || true",
      'else',
      "deb-systemd-helper --user update-state 'a.socket' >/dev/null || true",
      ...['fi', 'fi', 'fi'],
    ),
  ],
  [
    'an init script',
    section(
      'dh_installinit/13.24.2',
      CONFIGURED,
      'if [ -z "$DPKG_ROOT" ] && [ -x "/etc/init.d/sample" ]; then',
      'update-rc.d sample defaults >/dev/null',
      ...['if [ -n "$2" ]; then', '_dh_action=restart', 'else', '_dh_action=start', 'fi'],
      'invoke-rc.d --skip-systemd-native sample $_dh_action || exit 1',
      ...['fi', 'fi'],
    ),
  ],
  [
    'two tmpfiles.d files',
    section(
      'dh_installtmpfiles/13.20',
      CONFIGURED,
      '\tif [ -x "$(command -v systemd-tmpfiles)" ]; then',
      '\t\tsystemd-tmpfiles $' + '{DPKG_ROOT:+--root="$DPKG_ROOT"} --create a.conf b.conf || true',
      ...['\tfi', 'fi'],
    ),
  ],
  [
    'an init script, by an older debhelper',
    section(
      'dh_installinit/13.14.1',
      CONFIGURED,
      '\tif [ -z "$' + '{DPKG_ROOT:-}" ] && [ -x "/etc/init.d/sample" ]; then',
      '\t\tupdate-rc.d sample defaults 50 >/dev/null',
      '\t\tinvoke-rc.d sample start || exit 1',
      ...['\tfi', 'fi'],
    ),
  ],
  [
    'a runit service',
    section(
      'dh_runit/2.16.4',
      'if  [ ! -e /usr/lib/runit-helper/runit-helper ]; then',
      '    echo "warning: can\'t find runit-helper, postinst action skipped!"',
      '    echo "warning: runit-helper: please report this bug"',
      'fi',
      'if [ -z "$' + '{DPKG_ROOT:-}" ] && [ -x /usr/lib/runit-helper/runit-helper ]; then',
      `    NAME='sample' ENABLE='yes' ONUPGRADE='restart' /usr/lib/runit-helper/runit-helper postinst "$@"`,
      'fi',
    ),
  ],
  [
    'Python modules',
    section(
      'dh_python3',
      'if command -v py3compile >/dev/null 2>&1; then',
      '\tpy3compile -p sample /usr/share/sample -V 3.13',
      'fi',
      'if command -v pypy3compile >/dev/null 2>&1; then',
      '\tpypy3compile -p sample /usr/share/sample -V 3.13 || true',
      ...['fi', ''],
    ),
  ],
  [
    'several old configuration files',
    section(
      'dh_installdeb/13.24.2',
      String.raw`dpkg-maintscript-helper rm_conffile /etc/old 1:2.3\~beta1-4\~ sample -- "$@"`,
      String.raw`dpkg-maintscript-helper dir_to_symlink /usr/share/doc/a b 5.7\~rc5-1 '' -- "$@"`,
    ),
  ],
];

for (const [title, text] of KNOWN) {
  test(`${title}: a script of nothing else is recognised`, (t) => {
    const reading = readScript(script(text, 'exit 0'), POSTINST);
    t.deepEqual(reading.unknown, []);
    t.is(reading.reasons.length, 1);
  });

  test(`${title}: one more command in the section makes it unknown`, (t) => {
    const [head, ...rest] = text.split('\n');
    const reading = readScript(script([head, 'adduser --system x', ...rest].join('\n')), POSTINST);
    t.is(reading.unknown.length, text.split('\n').length + 1);
  });
}

test('every changed character of a section, comments aside, makes it unknown', (t) => {
  const lines = ENABLE.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trimStart().startsWith('#')) continue;
    const changed = lines.with(index, `${line.slice(0, -1)}!`).join('\n');
    t.true(readScript(script(changed), POSTINST).unknown.length > 0, line);
  }
});

test('an operator of the shell in the place of a name makes the section unknown', (t) => {
  for (const name of [
    "a.service' ; reboot ; '",
    '$(reboot)',
    '`reboot`',
    'a b',
    'a&b',
    'a|b',
    '',
  ]) {
    const changed = ENABLE.replaceAll('sample.service', name);
    t.true(readScript(script(changed), POSTINST).unknown.length > 0, name);
  }
});

test('a backslash at the end of a line cannot join it with the next', (t) => {
  const text = section(
    'dh_icons/13.24.2',
    CONFIGURED,
    'if command -v update-icon-caches >/dev/null; then',
  );
  const joined = text.replace(/\n# End/, '\nupdate-icon-caches /usr/share \\\nfi\nfi\n# End');
  t.true(readScript(script(joined), POSTINST).unknown.length > 0);
  t.deepEqual(readScript(script(joined.replace(' \\\n', '\n')), POSTINST).unknown, []);
});

test('a section in the name of another program is unknown', (t) => {
  const forged = ENABLE.replace('dh_installsystemd/', 'dh_installinit/');
  t.true(readScript(script(forged), POSTINST).unknown.length > 0);
});

test('a section without an end is the package’s own code', (t) => {
  const open = script(ENABLE.replace('# End automatically added section', ''));
  const texts = readScript(open, POSTINST).unknown.map(({ text }) => text);
  t.is(texts[0], CONFIGURED);
});

test('an empty section is unknown: nobody writes one', (t) => {
  t.true(readScript(script(section('dh_installdeb/13.24.2')), POSTINST).unknown.length > 0);
});

test('alternatives are not handled: the section is shown, with what to do', (t) => {
  const text = section(
    'dh_installalternatives/13.24.2',
    CONFIGURED,
    'update-alternatives --install /usr/bin/a a /usr/bin/b 5',
    'fi',
  );
  const reading = readScript(script(ENABLE, text), POSTINST);
  t.is(reading.unknown.length, 5);
  t.deepEqual(reading.reasons.length, 1);
  t.deepEqual(reading.advice, [
    'dh_installalternatives: declare the names under "alternatives" of the image',
  ]);
});

test('a frame around nothing is recognised, and needs no reason', (t) => {
  const text = [
    '#! /bin/bash -e',
    '# A comment',
    'case "$1" in',
    '  configure)',
    '    ;;',
    '  abort-upgrade|abort-remove | abort-deconfigure)',
    '    ;;',
    '  (triggered) ;;',
    '  *)',
    '    echo "postinst called with unknown argument \\`$1\'" >&2',
    '    exit 1',
    '    ;;',
    'esac',
    ':',
    'exit 0',
    '',
  ].join('\n');
  t.deepEqual(readScript(text, POSTINST), { reasons: [], unknown: [], advice: [] });
});

test('own commands are unknown, with their numbers', (t) => {
  const { unknown } = readScript(script('adduser --system x', ENABLE, 'echo done'), POSTINST);
  t.deepEqual(unknown, [
    { number: 3, text: 'adduser --system x' },
    { number: 15, text: 'echo done' },
  ]);
});

test('a frame that hides a command is unknown', (t) => {
  for (const line of [
    'exit 0; reboot',
    ': > /etc/x',
    'set -e && x',
    'configure) reboot ;;',
    'case $(x) in',
  ]) {
    t.is(readScript(script(line), POSTINST).unknown.length, 1, line);
  }
});

test('a script for another interpreter is unknown', (t) => {
  for (const first of [
    '#!/usr/bin/perl',
    '#!/bin/sh -c reboot',
    '#!/usr/bin/env python3',
    '\u007fELF',
  ]) {
    t.is(readScript(`${first}\nexit 0\n`, POSTINST).unknown.length, 1, first);
  }
});
