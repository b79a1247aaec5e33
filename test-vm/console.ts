import { once } from 'node:events';
import { connect } from 'node:net';
import type { Machine } from './machine.ts';

/** Ctrl-], as telnet and virsh have it. */
const ESCAPE = 0x1d;

/** A terminal's two ends. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Joins the user's terminal and a machine's serial console, until the machine is off or the user
 * types Ctrl-].
 */
export async function joinConsole(machine: Machine, terminal: Terminal): Promise<void> {
  await machine.consoleReady();
  const socket = connect(machine.paths.consoleSocket);
  await once(socket, 'connect');
  const raw = terminal.input.isTTY;
  if (raw) terminal.input.setRawMode(true);
  const type = (bytes: Buffer): void => {
    if (bytes.includes(ESCAPE)) socket.destroy();
    else socket.write(bytes);
  };
  terminal.input.on('data', type);
  socket.pipe(terminal.output, { end: false });
  try {
    await once(socket, 'close');
  } finally {
    terminal.input.off('data', type);
    if (raw) terminal.input.setRawMode(false);
    terminal.input.pause();
  }
}
