import test from 'ava';
import { MACHINE_ENTROPY, randomWord } from './entropy.ts';

test('bytes that would make some letters likelier are not used', (t) => {
  const drawn = [Uint8Array.of(0, 255, 35), Uint8Array.of(252), Uint8Array.of(36)];
  const bytes = () => drawn.shift() ?? new Uint8Array();
  t.is(randomWord(3, { ...MACHINE_ENTROPY, bytes }), 'a9a');
  t.is(drawn.length, 0);
});

test('all letters come', (t) => {
  t.is(new Set(randomWord(5000, MACHINE_ENTROPY)).size, 36);
});
