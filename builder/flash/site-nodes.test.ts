import test, { type ExecutionContext } from 'ava';
import { describeError } from '../report/errors.ts';
import { firstController, site, siteNode } from '../testing/site-fixture.ts';
import { nodeNamed, rackNodes } from './site-nodes.ts';

const IMAGE = { title: 'kiln 0.1.0 x86_64', arch: 'x86_64' } as const;
const SITE = site([
  firstController(),
  ...[1, 2, 3, 4].map((i) => siteNode(`w${i}`, 'worker', 20 + i)),
  siteNode('pi1', 'worker', 31, { arch: 'arm64' }),
  siteNode('pi2', 'worker', 32, { arch: 'arm64' }),
]);

type Wish = Parameters<typeof rackNodes>[2];

const namesOf = (wish: Wish): string =>
  rackNodes(SITE, IMAGE, wish)
    .nodes.map(({ name }) => name)
    .join(' ');

test('all nodes that the image is for get a card, in the order of the site', (t) => {
  t.is(namesOf({}), 'c1 w1 w2 w3 w4');
  t.deepEqual(
    rackNodes(SITE, IMAGE, {}).leftOut.map(({ name }) => name),
    ['pi1', 'pi2'],
  );
});

test('or those that are named, by ranges too, and from one of them on', (t) => {
  t.is(namesOf({ only: 'w3,c1' }), 'c1 w3');
  t.is(namesOf({ only: 'w[1-2,4], c1' }), 'c1 w1 w2 w4');
  t.is(namesOf({ from: 'w2' }), 'w2 w3 w4');
  t.is(namesOf({ only: 'w[1-3]', from: 'w3' }), 'w3');
  t.is(nodeNamed(SITE, 'w2', IMAGE).address, '10.0.0.22');
});

const refuses = test.macro({
  exec: (t: ExecutionContext, work: () => unknown) => {
    t.snapshot(describeError(t.throws(work)));
  },
  title: (title) => `refused: ${title}`,
});

test('an unknown node', refuses, () => nodeNamed(SITE, 'W1', IMAGE));
test('a node for another machine', refuses, () => nodeNamed(SITE, 'pi1', IMAGE));
test('several unknown nodes', refuses, () => rackNodes(SITE, IMAGE, { only: 'w1,c2,w[4-20]' }));
test('what is no name', refuses, () => rackNodes(SITE, IMAGE, { only: 'w1,,w2' }));
test('a range without an end', refuses, () => rackNodes(SITE, IMAGE, { only: 'w[1-' }));
test('named nodes for other machines', refuses, () =>
  rackNodes(SITE, IMAGE, { only: 'c1,pi[1-2]' }),
);
test('to begin with such a node', refuses, () => rackNodes(SITE, IMAGE, { from: 'pi1' }));
test('to begin with an unknown one', refuses, () => rackNodes(SITE, IMAGE, { from: 'w9' }));
test('to begin with one that was not named', refuses, () =>
  rackNodes(SITE, IMAGE, { only: 'w[1-3]', from: 'c1' }),
);
test('a site for other machines altogether', refuses, () =>
  rackNodes(site([firstController({ arch: 'arm64' })]), IMAGE, {}),
);
