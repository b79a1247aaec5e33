import { type FileHandle, open } from 'node:fs/promises';

/** The bytes of a disk image, wherever they come from. */
export interface ImageSource extends AsyncDisposable {
  /**
   * Fills a buffer with the bytes from `offset` on. Offsets only go forward.
   * @throws SourceError when the file does not hold what it should
   */
  read(target: Buffer, offset: number): Promise<void>;
}

/** The file of an image is damaged: says how. */
export class SourceError extends Error {}

/** The image as it is. */
export async function openRaw(path: string): Promise<ImageSource> {
  const file = await open(path, 'r');
  return {
    read: (target, offset) => readFully(file, target, offset),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Fills a buffer from a file. */
export async function readFully(file: FileHandle, target: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, offset + done);
    if (bytesRead === 0) throw new SourceError(`it ends before byte ${offset + target.length}`);
    done += bytesRead;
  }
}
