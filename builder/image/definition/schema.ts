import {
  defaulted,
  list,
  type ObjectDecoder,
  object,
  optional,
  record,
  required,
} from '../../yaml/collections.ts';
import { type Decoder, described } from '../../yaml/decoder.ts';
import { integer, oneOf, plainValue, text } from '../../yaml/scalars.ts';
import { BOARD_NAMES } from '../board/board.ts';
import type { Suite } from './definition.ts';
import {
  ABSOLUTE_PATH,
  ACCOUNT,
  ARCHIVE,
  COMPONENT,
  DAY,
  PACKAGE,
  PACKAGE_OR_PREFIX,
  SUITE,
  TREE_GLOB,
  UNIT,
} from './names.ts';
import { AIRGAP, K0S } from './schema-k0s.ts';

/** Suites by name: the shape that image files and the tools file share. */
export const SUITES: Decoder<Readonly<Record<string, Suite>>> = described(
  'Suites that packages come from, by name.',
  record(
    SUITE,
    object({
      archive: defaulted(described('Archive below the mirror.', ARCHIVE), 'debian'),
      components: defaulted(list(COMPONENT, { min: 1 }), ['main']),
      only: optional(
        described(
          'When given, only these packages may come from here; "linux-*" is all that begin so.',
          list(PACKAGE_OR_PREFIX, { min: 1 }),
        ),
      ),
      since: optional(
        described(
          'The suite may be out of date (Valid-Until) if it is from this day or later; needs `only`.',
          DAY,
        ),
      ),
    }),
  ),
);

/** Packages that count as installed, each with the reason why nothing needs them. */
export const OMIT: Decoder<Readonly<Record<string, string>>> = described(
  'Packages that count as installed but are left out, each with the reason why nothing needs them.',
  record(
    PACKAGE,
    text({ pattern: /\S/, expected: 'a text that says why nothing needs the package' }),
  ),
);

const OVERLAY = text({
  pattern: /^(\.{0,2}\/.*|[A-Za-z0-9][A-Za-z0-9._-]*)$/,
  expected: 'the name of a directory in overlays/, or a path that starts with "./", "../" or "/"',
});

const ARGUMENT = text({
  pattern: /^[^\s"]+$/,
  expected: 'one argument of the kernel, without spaces and quotes',
});

const MODULE = text({
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  expected: 'the name of a module set or of a kernel module',
});

const CNI = text({
  pattern: /^[a-z][a-z0-9-]*(\/[a-z][a-z0-9-]*)?$/,
  expected: 'the name of a CNI, as "calico", or of one of its modes, as "calico/vxlan"',
});

const USER = object({
  uid: required(integer(1, 59_999)),
  home: required(ABSOLUTE_PATH),
  shell: defaulted(ABSOLUTE_PATH, '/usr/sbin/nologin'),
  description: optional(text({ pattern: /^[^:\n]*$/, expected: 'a text of one line without ":"' })),
  groups: defaulted(list(ACCOUNT), []),
});

/** The name of a value that a template can say. */
const VALUE_NAME = text({
  pattern: /^[A-Za-z_][A-Za-z0-9_-]*$/,
  expected: 'a name for templates (letters, digits, "_" and "-")',
});

const ALTERNATIVE = object({ link: required(ABSOLUTE_PATH), target: required(ABSOLUTE_PATH) });

const IDENTITY = {
  include: defaulted(
    described(
      'Image files that this one builds on: lists append ("-x" takes x away), maps merge, the rest replaces.',
      list(text({ pattern: /./, expected: 'the path of an image file' })),
    ),
    [],
  ),
  name: required(
    text({
      pattern: /^[a-z][a-z0-9-]{0,30}$/,
      expected: 'an image name (lower-case letters, digits and "-")',
    }),
  ),
  // Part of GPT labels ("verity_" and the version: 36 characters at most, UEFI Specification, section 5.3.3), of file
  // names on FAT, and of the boot entry, where "+" and "_" already mean something.
  version: required(
    text({
      pattern: /^[A-Za-z0-9][A-Za-z0-9.~^-]{0,28}$/,
      expected: 'a version (letters, digits, ".", "~", "^" and "-"; 29 at most)',
    }),
  ),
  description: defaulted(
    text({ pattern: /^[^\n"]*$/, expected: 'a text of one line without quotes' }),
    '',
  ),
  arch: required(oneOf('x86_64', 'arm64')),
  board: defaulted(
    described(
      'How the machine starts: from a UEFI of its own, or as a Raspberry Pi (3B, 3B+, Zero 2 W, 4B, 400, CM4).',
      oneOf(...BOARD_NAMES),
    ),
    'uefi',
  ),
  variant: defaulted(oneOf('production', 'development'), 'production'),
};

const PACKAGES = {
  mirrors: defaulted(
    list(
      text({
        pattern: /^https?:\/\/[^\s/]+/,
        expected: 'a base address that starts with http:// or https://',
      }),
    ),
    [],
  ),
  suites: required(SUITES),
  packages: required(
    described('Packages by name; what they depend on comes by itself.', list(PACKAGE, { min: 1 })),
  ),
  omit: defaulted(OMIT, {}),
};

const NOTHING_MORE = { modules: [], files: [], overlays: [] };

/** What the initrd of another start than from the disk has besides. */
const ADDITION = object({
  modules: defaulted(list(MODULE), []),
  files: defaulted(list(TREE_GLOB), []),
  overlays: defaulted(list(OVERLAY), []),
});

const MACHINE = {
  kernel: required(
    object({
      flavour: required(
        described(
          "Debian's flavour: linux-image-<flavour>.",
          text({ pattern: /^[a-z0-9-]+$/, expected: 'a kernel flavour, as "amd64"' }),
        ),
      ),
      modules: defaulted(list(MODULE), []),
      cmdline: defaulted(list(ARGUMENT), []),
    }),
  ),
  initrd: defaulted(
    object({
      modules: defaulted(list(MODULE), []),
      files: defaulted(
        described('What the initrd takes from the root tree; libraries follow.', list(TREE_GLOB)),
        [],
      ),
      overlays: defaulted(list(OVERLAY), []),
    }),
    NOTHING_MORE,
  ),
  netboot: defaulted(
    described(
      'What the initrd of a network boot has besides, when `artifacts` has `netboot`.',
      ADDITION,
    ),
    NOTHING_MORE,
  ),
  iso: defaulted(
    described(
      'What the initrd of the installer ISO has besides, when `artifacts` has `iso`.',
      ADDITION,
    ),
    NOTHING_MORE,
  ),
  cni: defaulted(
    described(
      'CNIs that the image must have everything for: "calico" with all modes, "calico/vxlan" with one.',
      list(CNI),
    ),
    [],
  ),
};

const CONTENT = {
  exclude: defaulted(described('Paths that the root does not get.', list(TREE_GLOB)), []),
  alternatives: defaulted(
    record(text({ pattern: /^[^\s/]+$/, expected: 'the name of an alternative' }), ALTERNATIVE),
    {},
  ),
  overlays: defaulted(
    described('Directories that are laid over the root, in this order.', list(OVERLAY)),
    [],
  ),
  values: defaulted(
    described(
      'What templates (*.mustache) in overlays may name.',
      record(VALUE_NAME, plainValue()),
    ),
    {},
  ),
  users: defaulted(record(ACCOUNT, USER), {}),
  ids: defaulted(
    described(
      'Fixed numbers of system accounts that packages ask for by name.',
      record(ACCOUNT, integer(1, 999)),
    ),
    {},
  ),
  units: defaulted(
    object({
      enable: defaulted(list(UNIT), []),
      disable: defaulted(list(UNIT), []),
      mask: defaulted(list(UNIT), []),
    }),
    { enable: [], disable: [], mask: [] },
  ),
  k0s: required(described('Where the k0s binary comes from.', K0S)),
  airgap: optional(
    described(
      'Container images that the box brings along: the bundle of a release of k0s, or a file.',
      AIRGAP,
    ),
  ),
  artifacts: defaulted(list(oneOf('disk', 'disk.zst', 'bmap', 'netboot', 'iso'), { min: 1 }), [
    'disk',
    'disk.zst',
    'bmap',
  ]),
};

/** An image file. In the order in which `kiln show` prints it. */
export const IMAGE = object({ ...IDENTITY, ...PACKAGES, ...MACHINE, ...CONTENT });

/** What an image file and its includes say, defaults filled in. */
export type Written = typeof IMAGE extends ObjectDecoder<infer T> ? T : never;
