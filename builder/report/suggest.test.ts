import test from 'ava';
import { didYouMean, editDistance, suggest } from './suggest.ts';

const distance = test.macro({
  exec(t, a: string, b: string, expected: number) {
    t.is(editDistance(a, b), expected);
    t.is(editDistance(b, a), expected);
  },
  title: (_, a, b, expected) => `"${a}" and "${b}" are ${expected} edits apart`,
});

test(distance, '', '', 0);
test(distance, '', 'abc', 3);
test(distance, 'packages', 'pakages', 1);
test(distance, 'nmae', 'name', 1);
test(distance, 'kitten', 'sitting', 3);
test(distance, 'ca', 'abc', 3);

test('the nearest candidate is suggested', (t) => {
  t.is(suggest('pakages', ['values', 'packages', 'package']), 'packages');
  t.is(
    suggest('linux-imge-amd64', ['linux-image-arm64', 'linux-image-amd64']),
    'linux-image-amd64',
  );
});

test('upper and lower case are no difference', (t) => {
  t.is(suggest('NAME', ['game', 'name']), 'name');
});

test('nothing is suggested when nothing is near', (t) => {
  t.is(suggest('kernel', ['values', 'users']), undefined);
  t.is(suggest('k', ['a', 'b']), undefined);
  t.is(suggest('kernel', ['kernel']), undefined);
});

test('of two that are equally near the first in byte order is suggested, whatever their order', (t) => {
  t.is(suggest('cat', ['car', 'bat']), 'bat');
  t.is(suggest('cat', ['bat', 'car']), 'bat');
});

test('the tail of a sentence is empty without a suggestion', (t) => {
  t.is(didYouMean('nmae', ['name']), '; did you mean "name"?');
  t.is(didYouMean('kernel', ['users']), '');
});
