import { createSocket } from 'node:dgram';

/** TFTP's port, opcodes and size of a block (RFC 1350). */
const PORT = 69;
const [READ, DATA, ACKNOWLEDGEMENT] = [1, 3, 4];
const BLOCK_BYTES = 512;
const TIMEOUT_MS = 10_000;

/**
 * Gets a file over TFTP, as firmware does. As a program it writes the file to its standard output:
 * `node dist/test-vm/tftp-get.js SERVER FILE`.
 * @throws Error with the server's reason, or when it does not answer
 */
export async function tftpGet(server: string, file: string): Promise<Buffer> {
  const socket = createSocket('udp4');
  const blocks: Buffer[] = [];
  const packet = (opcode: number, rest: Buffer): Buffer =>
    Buffer.concat([Buffer.from([0, opcode]), rest]);
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      setTimeout(() => reject(new Error(`${server} is silent`)), TIMEOUT_MS).unref();
      socket.on('error', reject);
      socket.on('message', (message, { port, address }) => {
        const body = message.subarray(4);
        if (message.readUInt16BE(0) !== DATA) return reject(new Error(body.toString()));
        if (message.readUInt16BE(2) === blocks.length + 1) blocks.push(Buffer.from(body));
        const answer = packet(ACKNOWLEDGEMENT, message.subarray(2, 4));
        socket.send(answer, port, address, () => {
          if (body.length < BLOCK_BYTES) resolve(Buffer.concat(blocks));
        });
      });
      socket.send(packet(READ, Buffer.from(`${file}\0octet\0`)), PORT, server);
    });
  } finally {
    socket.close();
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , server = '', file = ''] = process.argv;
  process.stdout.write(await tftpGet(server, file));
}
