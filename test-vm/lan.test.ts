import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Lan } from './lan.ts';

const ALL = 'ffffffffffff';

function frame(destination: string, source: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, 0, 0, 13]),
    Buffer.from(destination + source, 'hex'),
    Buffer.from('!'),
  ]);
}

async function card(lan: Lan): Promise<{ socket: Socket; got: Buffer[] }> {
  const socket = connect(lan.socket);
  const got: Buffer[] = [];
  socket.on('data', (bytes) => got.push(bytes));
  await once(socket, 'connect');
  // Until the switch has taken the connection as well.
  await sleep(50);
  return { socket, got };
}

test('a frame goes to all until the receiver was seen, then only there', async (t) => {
  await using lan = await Lan.open();
  const [one, two, three] = await Promise.all([card(lan), card(lan), card(lan)]);
  const hello = frame(ALL, '520000000001');
  one.socket.write(hello);
  await sleep(50);
  const reply = frame('520000000001', '520000000002');
  two.socket.write(reply);
  await sleep(50);
  t.deepEqual(Buffer.concat(one.got), reply);
  t.deepEqual(Buffer.concat(two.got), hello);
  t.deepEqual(Buffer.concat(three.got), hello);

  // A machine that went away is looked for again.
  one.socket.destroy();
  await sleep(50);
  two.socket.write(reply);
  await sleep(50);
  t.deepEqual(Buffer.concat(three.got), Buffer.concat([hello, reply]));
});
