import { chmod, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { Scratch } from '../../builder/report/scratch.ts';
import { mappedOf, writeSmallRelease } from '../../builder/testing/release-fixture.ts';
import { testToolbox } from '../../builder/testing/toolbox.ts';
import { pasteable } from '../../builder/tools/quote.ts';
import { run } from '../../builder/tools/run.ts';

const MEBIBYTE = 1024 * 1024;
const scratch = await Scratch.create('bmaptool');
const toolbox = await testToolbox();
const raw = await writeSmallRelease(join(scratch.path, 'small'), toolbox, {
  rootBytes: 5 * MEBIBYTE,
});
const programs = join(scratch.path, 'programs');
// bmaptool looks for zstd on the PATH.
await mkdir(programs);
await writeFile(
  join(programs, 'zstd'),
  `#!/bin/sh\nexec ${pasteable(toolbox.command('zstd'))} "$@"\n`,
);
await chmod(join(programs, 'zstd'), 0o755);
test.after.always(() => scratch[Symbol.asyncDispose]());

async function bmaptool(...args: readonly string[]): Promise<void> {
  const env = { ...toolbox.env, PATH: `${programs}:/usr/bin:/bin` };
  await run([...toolbox.command('bmaptool'), 'copy', ...args], { env });
}

test.serial(
  'Debian’s bmaptool finds the map of an image and of its compressed form, and writes the same',
  async (t) => {
    t.timeout(300_000);
    const output = join(scratch.path, 'written');
    for (const image of [raw, `${raw}.zst`]) {
      await rm(output, { force: true });
      await bmaptool(image, output);
      t.true((await readFile(output)).equals(await readFile(raw)), image);
    }
  },
);

test.serial('it takes the digests in our map seriously', async (t) => {
  t.timeout(300_000);
  const [, , , [start = 0] = []] = await mappedOf(raw);
  await using file = await open(raw, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, start);
  await file.write(Buffer.from([byte.readUInt8() ^ 1]), 0, 1, start);
  try {
    await t.throwsAsync(bmaptool(raw, join(scratch.path, 'refused')), { message: /checksum/i });
  } finally {
    await file.write(byte, 0, 1, start);
  }
});
