import test from 'ava';
import { KilnError } from '../../report/errors.ts';
import { Failure } from './failure.ts';
import { Troubles } from './troubles.ts';

function told(troubles: Troubles): readonly string[] {
  const texts: string[] = [];
  troubles.tell((text) => texts.push(text));
  return texts;
}

test('the first failure of each server is told, without its password', (t) => {
  const troubles = new Troubles();
  troubles.note('http://ada:secret@one.example/a', new Failure('wrong', 'sha256 is 12'));
  troubles.note('http://one.example/b', new Failure('transient', 'no answer'));
  troubles.note('http://two.example/a', new Failure('permanent', '404 Not Found'));
  t.deepEqual(told(troubles), [
    'http://one.example/a: sha256 is 12; it was fetched at another try',
    'http://two.example/a: 404 Not Found; it was fetched at another try',
  ]);
});

test('a refusal names its address itself', (t) => {
  const troubles = new Troubles();
  const cause = new KilnError('verification', 'http://one.example/InRelease is not signed');
  troubles.note('http://one.example/InRelease', new Failure('permanent', cause.message, { cause }));
  t.deepEqual(told(troubles), [
    'http://one.example/InRelease is not signed; it was fetched at another try',
  ]);
});

test('where all went well there is nothing to tell', (t) => {
  t.deepEqual(told(new Troubles()), []);
});
