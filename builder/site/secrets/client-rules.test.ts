import test from 'ava';
import { checkClient } from './client-rules.ts';

test('people and their groups are good', (t) => {
  t.deepEqual(checkClient('jane@example.org', ['operators', 'Büro 7']), []);
});

test('who may do everything is told so', (t) => {
  t.snapshot(checkClient('jane', ['system:masters']));
});

test('names that are none are refused, all at once', (t) => {
  const groups = [' x', 'a\nb', 'g'.repeat(65)];
  t.snapshot(t.throws(() => checkClient('', groups), { name: 'KilnError' })?.message);
});

test("names that are Kubernetes' own are refused", (t) => {
  const wrong = () => checkClient('system:node:w1', ['system:nodes', 'system:masters']);
  t.snapshot(t.throws(wrong, { name: 'KilnError' })?.message);
});
