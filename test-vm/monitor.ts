import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Sends one command over the QEMU Machine Protocol and returns what QEMU answers; undefined for an end without an answer.
 * @throws Error with QEMU's own words when the command is refused
 */
export async function monitorCommand(
  socketPath: string,
  command: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect');
    const replies = createInterface({ input: socket })[Symbol.asyncIterator]();
    await replies.next();
    await request(socket, replies, { execute: 'qmp_capabilities' });
    return await request(socket, replies, { execute: command, arguments: args });
  } finally {
    socket.destroy();
  }
}

async function request(
  socket: Socket,
  replies: AsyncIterator<string>,
  message: object,
): Promise<unknown> {
  socket.write(`${JSON.stringify(message)}\n`);
  for (;;) {
    const { value, done } = await replies.next();
    // QEMU ends the connection when the command was to quit.
    if (done === true) return undefined;
    const reply: unknown = JSON.parse(value);
    if (typeof reply !== 'object' || reply === null) continue;
    if ('error' in reply) throw new Error(`QEMU refused: ${JSON.stringify(reply.error)}`);
    if ('return' in reply) return reply.return;
  }
}
