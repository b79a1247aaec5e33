/** What is needed of a global that every Node has, and whose types come only with those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (options: {
    readonly initial: number;
    readonly maximum: number;
  }) => { readonly buffer: ArrayBuffer };
};

/** Of the memory of WebAssembly. */
const PAGE_BYTES = 64 * 1024;

/**
 * Memory that begins at a page: O_DIRECT takes no other (open(2)). Node's own buffers begin where malloc likes, and it
 * tells nobody where; the memory of WebAssembly is mapped, so it begins at a page.
 */
export function alignedMemory(sizeBytes: number): Buffer {
  const pages = Math.ceil(sizeBytes / PAGE_BYTES);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
  return Buffer.from(buffer, 0, sizeBytes);
}

/** So many buffers of the same size. */
export function alignedBuffers(count: number, sizeBytes: number): readonly Buffer[] {
  const memory = alignedMemory(count * sizeBytes);
  return Array.from({ length: count }, (_, i) =>
    memory.subarray(i * sizeBytes, (i + 1) * sizeBytes),
  );
}
