import test from 'ava';
import { KilnError } from './errors.ts';
import { DiagnosticsError } from './format.ts';
import { gather } from './gather.ts';

const SHARED = { name: 'template.yaml', text: 'cni: wireless\n' };

function wrong(file: string): DiagnosticsError {
  const source = { name: file, text: 'nodes: 3\n' };
  return new DiagnosticsError(file, [
    { message: 'expected a list', at: { file: source, start: 7, end: 8 } },
    { message: '"wireless" is not known', at: { file: SHARED, start: 5, end: 13 } },
  ]);
}

/** What is thrown by items that are errors. */
async function thrownBy(...items: readonly (KilnError | string)[]): Promise<unknown> {
  return await gather(items, 2, async (item) => {
    if (item instanceof KilnError) throw item;
    return item;
  }).catch((error: unknown) => error);
}

test('results are in the order of the items, however long each takes', async (t) => {
  const waits = [30, 1, 10];
  const results = await gather(waits, 3, async (wait) => {
    await new Promise((resolve) => setTimeout(resolve, wait));
    return wait;
  });
  t.deepEqual(results, waits);
});

test('one error is thrown as it is, after all items were looked at', async (t) => {
  const error = wrong('a.yaml');
  t.is(await thrownBy('good', error, 'good'), error);
});

test('several errors are one, and what is wrong in a file that they share is said once', async (t) => {
  const unreadable = new KilnError('host', 'c.secrets: permission denied', { hint: 'chmod it' });
  const error = await thrownBy(wrong('a.yaml'), 'good', unreadable, wrong('b.yaml'));
  t.true(error instanceof KilnError);
  if (!(error instanceof KilnError)) return;
  t.is(error.code, 'definition');
  t.snapshot(error.message);
});

test('an interruption and a bug end it at once', async (t) => {
  const interrupted = new KilnError('interrupted', 'interrupted');
  t.is(await thrownBy(interrupted, wrong('a.yaml')), interrupted);
});
