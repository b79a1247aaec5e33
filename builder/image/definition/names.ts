import type { Decoder } from '../../yaml/decoder.ts';
import { text } from '../../yaml/scalars.ts';

/** Debian Policy Manual, section 5.6.7 (Package). */
export const PACKAGE: Decoder<string> = text({
  pattern: /^[a-z0-9][a-z0-9+.-]+$/,
  expected: 'a package name (lower-case letters, digits, "+", "-" and ".")',
});

/** A package, or all whose names begin so. */
export const PACKAGE_OR_PREFIX: Decoder<string> = text({
  pattern: /^[a-z0-9][a-z0-9+.-]*(\*|[a-z0-9+.-])$/,
  expected: 'a package name, or the beginning of names and "*", as "linux-image-*"',
});

export const SUITE: Decoder<string> = text({
  pattern: /^[a-z][a-z0-9.-]*$/,
  expected: 'the name of a suite, as "trixie" or "trixie-backports"',
});

export const ARCHIVE: Decoder<string> = text({
  pattern: /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/,
  expected: 'an archive below the mirror, as "debian" or "debian-security"',
});

export const COMPONENT: Decoder<string> = text({
  pattern: /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)*$/,
  expected: 'a component of an archive, as "main"',
});

export const DAY: Decoder<string> = text({
  pattern: /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/,
  expected: 'a day, as "2026-10-30"',
});

/** A path of the image, below its root. */
export const ABSOLUTE_PATH: Decoder<string> = text({
  pattern: /^(\/(?!\.{1,2}(\/|$))[^/\s]+)+$/,
  expected: 'an absolute path without "." and ".."',
});

/** Globs are matched against paths without a leading slash, as package archives have them. */
export const TREE_GLOB: Decoder<string> = text({
  pattern: /^(?!\.\/)[^/\s][^\s]*$/,
  expected: 'a glob of paths below the root, without a leading "/", as "usr/share/doc/**"',
});

/** systemd.unit(5), "Unit names". */
export const UNIT: Decoder<string> = text({
  pattern:
    /^[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?\.(service|socket|target|timer|path|mount|automount|swap|slice|device)$/,
  expected: 'a unit name with its suffix, as "ssh.service"',
});

/** The names that useradd takes without being told twice. */
export const ACCOUNT: Decoder<string> = text({
  pattern: /^[a-z_][a-z0-9_-]{0,31}$/,
  expected: 'an account name (lower-case letters, digits, "_" and "-"; 32 at most)',
});

export const SHA256: Decoder<string> = text({
  pattern: /^[0-9a-f]{64}$/,
  expected: 'a SHA-256 (64 lower-case hexadecimal digits)',
});
