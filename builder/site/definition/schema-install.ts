import { object, optional } from '../../yaml/collections.ts';
import { type DecodedBy, described } from '../../yaml/decoder.ts';
import { flag, oneOf } from '../../yaml/scalars.ts';
import { DISK } from './schema-disk.ts';

// What the installer on the box takes (kiln/install_key.py).

/** What the installer is to do on a node. */
export const INSTALL = object({
  disk: optional(DISK),
  wipe: optional(described('Whether a disk with data on it may be taken.', flag())),
  var: optional(
    described('What becomes of /var on a disk that has a Kiln.', oneOf('keep', 'wipe')),
  ),
  // biome-ignore lint/suspicious/noThenProperty: the box's own word for it; nothing awaits a decoder.
  then: optional(described('What the machine does after it.', oneOf('reboot', 'poweroff'))),
});

export type WrittenInstall = DecodedBy<typeof INSTALL>;
