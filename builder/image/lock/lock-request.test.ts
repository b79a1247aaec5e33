import test, { type ExecutionContext } from 'ava';
import { loadImage, readImage, SMALLEST_IMAGE } from '../../testing/image-files.ts';
import { requestOfDraft, requestOfImage } from './lock-request.ts';

async function drafted(t: ExecutionContext, text: string) {
  const request = requestOfDraft(await readImage(t, text));
  return request && { ...request, wanted: request.wanted.map(({ name }) => name) };
}

test('a draft without errors asks for what the definition asks for', async (t) => {
  const text = `${SMALLEST_IMAGE}omit: { dpkg: not needed }\n`;
  const draft = requestOfDraft(await readImage(t, text));
  const definition = requestOfImage(await loadImage(t, { 'images/a.yaml': text }));
  t.is(draft?.checksum, definition.checksum);
  const names = definition.wanted.map(({ name }) => name);
  t.deepEqual(
    draft?.wanted.map(({ name }) => name),
    names,
  );
});

test('what is good of a wrong draft is asked for', async (t) => {
  const text = SMALLEST_IMAGE.replace('[bash]', '[bash, Bash, 7]').replace('name: tiny', 'name: 7');
  t.deepEqual((await drafted(t, text))?.wanted, ['bash', 'linux-image-amd64']);
});

test('a draft without a usable kernel asks for packages alone', async (t) => {
  const text = SMALLEST_IMAGE.replace('{ flavour: amd64 }', '[amd64]');
  t.deepEqual((await drafted(t, text))?.wanted, ['bash']);
});

test('a package that is wanted and omitted is only wanted: the file has an error already', async (t) => {
  const request = await drafted(t, `${SMALLEST_IMAGE}omit: { bash: a mistake }\n`);
  t.deepEqual(request?.omitted, []);
});

for (const [title, suites] of [
  ['of which the components are wrong', '{ trixie: { components: main } }'],
  ['that are none', '{}'],
  ['that all are limited', '{ trixie: { only: [bash] } }'],
] as const) {
  test(`nothing can be asked of suites ${title}`, async (t) => {
    t.is(await drafted(t, SMALLEST_IMAGE.replace('{ trixie: {} }', suites)), undefined);
  });
}

test('nothing can be asked for an unknown architecture', async (t) => {
  t.is(await drafted(t, SMALLEST_IMAGE.replace('x86_64', 'amd64')), undefined);
});
