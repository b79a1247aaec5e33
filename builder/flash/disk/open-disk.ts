import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BLOCK_BYTES } from '../../image/artifacts/disk.ts';
import { KilnError } from '../../report/errors.ts';
import type { Disk } from './disk.ts';

/** A disk that nobody else can mount or open for himself until it is closed. */
export interface OpenDisk extends Disk, AsyncDisposable {
  /** Whether reading and writing go past the page cache: what is read comes from the disk itself. */
  readonly isDirect: boolean;
}

export interface OpenOptions {
  readonly path: string;
  readonly kind: 'device' | 'file';
  readonly sizeBytes: number;
}

/** Without O_DIRECT the kernel would take in all of the image at once, and progress would mean nothing. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024;

/**
 * Opens a disk for writing; nothing is written.
 * @throws KilnError `host` when it may not be opened, or somebody uses it
 */
export async function openDisk({ path, kind, sizeBytes }: OpenOptions): Promise<OpenDisk> {
  // For a device, O_EXCL without O_CREAT claims it as mounting does (open(2)).
  const flags = constants.O_RDWR | (kind === 'device' ? constants.O_EXCL : 0);
  const isAligned = sizeBytes % BLOCK_BYTES === 0 || kind === 'device';
  const direct = isAligned ? await openDirect(path, flags) : undefined;
  const file = direct ?? (await openFor(path, flags));
  return new OpenFile(file, path, sizeBytes, direct !== undefined);
}

/** Undefined where the file system has no O_DIRECT. */
async function openDirect(path: string, flags: number): Promise<FileHandle | undefined> {
  return openFor(path, flags | constants.O_DIRECT).catch((error: unknown) => {
    if (codeOf(error) === 'EINVAL') return undefined;
    throw error;
  });
}

async function openFor(path: string, flags: number): Promise<FileHandle> {
  return open(path, flags).catch((cause: unknown) => {
    throw refusalToOpen(path, cause) ?? cause;
  });
}

function refusalToOpen(path: string, cause: unknown): KilnError | undefined {
  switch (codeOf(cause)) {
    case 'EACCES':
    case 'EPERM':
      return new KilnError('host', `${path} may not be written by this user`, {
        hint: 'run it with sudo, or let a udev rule or the group of the device (often `disk`) give you access',
        cause,
      });
    case 'EBUSY':
      return new KilnError('host', `${path} is in use: something has mounted or claimed it`, {
        hint: 'unmount it, and close what uses it: virtual machines, RAID, LVM, other writers',
        cause,
      });
    case 'EROFS':
      return new KilnError('host', `${path} is read-only`, {
        hint: 'cards and sticks may have a switch for that',
        cause,
      });
    case 'ENOMEDIUM':
    case 'ENXIO':
      return new KilnError('host', `${path} has no medium`, { hint: 'put a card in', cause });
    default:
      return undefined;
  }
}

class OpenFile implements OpenDisk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly isDirect: boolean;
  readonly #file: FileHandle;
  #unsynced = 0;

  constructor(file: FileHandle, name: string, sizeBytes: number, isDirect: boolean) {
    this.#file = file;
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.isDirect = isDirect;
  }

  async read(target: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < target.length; ) {
      const at = offset + done;
      const { bytesRead } = await this.#try('read', at, () =>
        this.#file.read(target, done, target.length - done, at),
      );
      if (bytesRead === 0) throw this.#fault('read', at, 'it ends there');
      done += bytesRead;
    }
  }

  async write(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const { bytesWritten } = await this.#try('written', at, () =>
        this.#file.write(bytes, done, bytes.length - done, at),
      );
      if (bytesWritten === 0) throw this.#fault('written', at, 'it takes no more');
      done += bytesWritten;
    }
    this.#unsynced += bytes.length;
    if (!this.isDirect && this.#unsynced >= SYNC_EVERY_BYTES) await this.sync();
  }

  async sync(): Promise<void> {
    this.#unsynced = 0;
    await this.#try('written', undefined, () => this.#file.datasync());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #try<T>(
    what: 'read' | 'written',
    at: number | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const code = codeOf(cause);
      if (code === undefined) throw cause;
      throw this.#fault(what, at, code, cause);
    }
  }

  #fault(what: string, at: number | undefined, why: string, cause?: unknown): KilnError {
    const where = at === undefined ? '' : ` at byte ${at}`;
    const isFull = why === 'ENOSPC' || why === 'EDQUOT';
    return new KilnError('host', `${this.name} cannot be ${what}${where}: ${WORDS[why] ?? why}`, {
      hint: isFull
        ? 'it has less room than it says, or the file system that it is on is full'
        : 'it is broken or was taken out: try it again, then another one; the kernel log may say more',
      cause,
    });
  }
}

/** What the kernel says most, for people. */
const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: "the user's disk quota is used up",
  EIO: 'the device reports an error',
  ENXIO: 'it is gone',
  ENODEV: 'it is gone',
};

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
