import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { Lan } from './lan.ts';

const ALL = 'ffffffffffff';
const ONE = '520000000001';
const TWO = '520000000002';

/** An Ethernet frame with its length before it; `tag` is that of a VLAN. */
function frame(destination: string, source: string, tag = ''): Buffer {
  const bytes = Buffer.from(`${destination}${source}${tag}08004142`, 'hex');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function card(path: string): Promise<{ socket: Socket; got: Buffer[] }> {
  const socket = connect(path);
  const got: Buffer[] = [];
  socket.on('data', (bytes) => got.push(bytes));
  await once(socket, 'connect');
  // Until the switch has taken the connection as well.
  await sleep(50);
  return { socket, got };
}

async function send({ socket }: { socket: Socket }, bytes: Buffer): Promise<void> {
  socket.write(bytes);
  await sleep(50);
}

test('a frame goes to all until the receiver was seen, then only there', async (t) => {
  await using lan = await Lan.open();
  const one = await card(lan.socket);
  const two = await card(lan.socket);
  const three = await card(lan.socket);
  const hello = frame(ALL, ONE);
  await send(one, hello);
  const reply = frame(ONE, TWO);
  await send(two, reply);
  t.deepEqual(Buffer.concat(one.got), reply);
  t.deepEqual(Buffer.concat(two.got), hello);
  t.deepEqual(Buffer.concat(three.got), hello);

  // A machine that went away is looked for again.
  one.socket.destroy();
  await sleep(50);
  await send(two, reply);
  t.deepEqual(Buffer.concat(three.got), Buffer.concat([hello, reply]));
});

test('a port in a VLAN gives and takes frames without tags, and hears of no other VLAN', async (t) => {
  await using lan = await Lan.open();
  const trunk = await card(lan.socket);
  const seven = await card(await lan.port({ vlan: 7 }));
  const eight = await card(await lan.port({ vlan: 8 }));
  await send(seven, frame(ALL, ONE));
  t.deepEqual(Buffer.concat(trunk.got), frame(ALL, ONE, '81000007'));
  t.deepEqual(eight.got, []);

  await send(trunk, frame(ONE, TWO, '8100e007'));
  t.deepEqual(Buffer.concat(seven.got), frame(ONE, TWO));
  // The same address is somebody else's in another VLAN and in none.
  await send(trunk, frame(ONE, TWO, '81000008'));
  await send(trunk, frame(ONE, TWO));
  t.deepEqual(Buffer.concat(eight.got), frame(ONE, TWO));
  t.deepEqual(Buffer.concat(seven.got), frame(ONE, TWO));

  // A tag says nothing to such a port.
  await send(seven, frame(TWO, ONE, '81000008'));
  t.is(eight.got.length, 1);
});

test('the cards of an aggregate get a frame once, and nothing that one of them has sent', async (t) => {
  await using lan = await Lan.open();
  const port = await lan.port({ isAggregate: true });
  const [first, second] = [await card(port), await card(port)];
  const other = await card(lan.socket);
  await send(second, frame(ALL, ONE));
  t.deepEqual(Buffer.concat(other.got), frame(ALL, ONE));
  t.deepEqual(first.got, []);
  await send(other, frame(ALL, TWO));
  t.deepEqual([...first.got, ...second.got], [frame(ALL, TWO)]);

  first.socket.destroy();
  await sleep(50);
  await send(other, frame(ONE, TWO));
  t.deepEqual(Buffer.concat(second.got), frame(ONE, TWO));
});
