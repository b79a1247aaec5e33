import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { type Command, CommanderError } from 'commander';
import { PROJECT_DIRECTORY } from './image/definition/project.ts';
import { createProgram } from './program.ts';
import { createProgress } from './report/terminal.ts';

const MEDIA = join(PROJECT_DIRECTORY, 'images', 'media');
const PAGES = [
  join(PROJECT_DIRECTORY, 'README.md'),
  ...readdirSync(MEDIA).map((name) => join(MEDIA, name)),
];

/** Kiln's command line, which does nothing. */
async function idleProgram(): Promise<Command> {
  const session = {
    progress: createProgress(process.stderr, { tty: false }),
    signal: new AbortController().signal,
    env: {},
    now: new Date(0),
  };
  const program = await createProgram(session, []);
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (command.commands.length === 0 || command.registeredArguments.length > 0) {
      command.action(() => {});
    }
    command.commands.forEach(silence);
  };
  silence(program);
  return program;
}

/** What is wrong with the command line `kiln …` as it is written for a shell; undefined when nothing is. */
async function fault(line: string): Promise<string | undefined> {
  const command = line.replace(/\s(#|\||>).*$/, '').replace(/^(sudo )?kiln /, '');
  const argv = command.trim().match(/'[^']*'|\S+/g) ?? [];
  try {
    const program = await idleProgram();
    await program.parseAsync(
      argv.map((word) => word.replaceAll("'", '')),
      { from: 'user' },
    );
    return undefined;
  } catch (error) {
    // It has shown help.
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return `${line}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function faultsOf(lines: readonly string[]): Promise<readonly string[]> {
  const faults = await Promise.all(lines.map(fault));
  return faults.filter((each) => each !== undefined);
}

/** The commands in the blocks of a page that are for a shell. */
function commandsOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].map((match) => match[1] ?? '');
  return blocks.flatMap((block) => block.split('\n').filter((line) => /^(sudo )?kiln /.test(line)));
}

/** The examples in the help texts of a command and its parts. */
function examplesOf(command: Command): readonly string[] {
  let text = '';
  command.configureOutput({
    writeOut: (piece) => {
      text += piece;
    },
  });
  command.outputHelp();
  const own = [...text.matchAll(/^ +\$ ((sudo )?kiln .*)$/gm)].map((match) => match[1] ?? '');
  return [...own, ...command.commands.flatMap(examplesOf)];
}

test('every command in the documentation is one that Kiln takes', async (t) => {
  const commands = PAGES.flatMap((page) => commandsOf(readFileSync(page, 'utf8')));
  t.true(commands.length > 10);
  t.deepEqual(await faultsOf(commands), []);
});

test('every example in the help texts is one that Kiln takes', async (t) => {
  const examples = examplesOf(await idleProgram());
  t.true(examples.length > 30);
  t.deepEqual(await faultsOf(examples), []);
});

test('every command has an example in its help', async (t) => {
  const program = await idleProgram();
  const without = program.commands.filter((each) => examplesOf(each).length === 0);
  t.deepEqual(
    without.map((each) => each.name()),
    [],
  );
});

test('a command that Kiln does not take is found', async (t) => {
  const wrong = [
    'kiln bild x.yaml',
    'kiln build x.yaml --k0z y',
    'kiln build',
    'kiln vm x --cpus a',
  ];
  t.is((await faultsOf(wrong)).length, wrong.length);
});

test('every page that the documentation leads to is there', (t) => {
  for (const page of PAGES) {
    const text = readFileSync(page, 'utf8');
    const links = [...text.matchAll(/\]\((?!http)([^)#]+)/g)].map((match) => match[1] ?? '');
    for (const link of links)
      t.notThrows(() => readFileSync(join(page, '..', link)), `${page}: ${link}`);
  }
});
