import test from 'ava';
import { addressesOf, FrameReader, vlanOf, withoutVlan, withVlan } from './frames.ts';

/** An Ethernet frame with its length before it. */
function frame(destination: string, source: string, payload = 'x'): Buffer {
  const bytes = Buffer.concat([Buffer.from(destination + source, 'hex'), Buffer.from(payload)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

const ONE = frame('525400000001', '525400000002', 'one');
const TWO = frame('ffffffffffff', '525400000001', 'two');

test('frames come whole, however the bytes come', (t) => {
  const bytes = Buffer.concat([ONE, TWO]);
  for (const size of [1, 3, 5, 19, bytes.length]) {
    const reader = new FrameReader();
    const frames: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      frames.push(...reader.read(bytes.subarray(at, at + size)));
    }
    t.deepEqual(frames, [ONE, TWO], `in pieces of ${size}`);
  }
});

test('broadcast and multicast go to all', (t) => {
  t.deepEqual(addressesOf(ONE), { destination: '525400000001', source: '525400000002' });
  t.is(addressesOf(TWO).destination, undefined);
  t.is(addressesOf(frame('01005e000001', '525400000001')).destination, undefined);
});

test('a tag is put in after the addresses, replaced and taken out, and the length follows', (t) => {
  const tagged = withVlan(ONE, 7);
  t.is(tagged.toString('hex', 0, 20), '0000001352540000000152540000000281000007');
  t.is(vlanOf(tagged), 7);
  t.is(vlanOf(withVlan(tagged, 4094)), 4094);
  t.is(withVlan(tagged, 8).length, tagged.length);
  t.deepEqual(withoutVlan(tagged), ONE);
  t.is(withoutVlan(ONE), ONE);
});

test('a tag with a priority is of its VLAN, and of none when it has the priority alone', (t) => {
  t.is(vlanOf(ONE), undefined);
  t.is(vlanOf(frame('525400000001', '5254000000028100a007', 'x')), 7);
  t.is(vlanOf(frame('525400000001', '5254000000028100a000', 'x')), undefined);
});
