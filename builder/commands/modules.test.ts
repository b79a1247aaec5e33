import test from 'ava';
import { Command } from 'commander';
import { addModules } from './modules.ts';

const NEVER = () => Promise.reject(new Error('nothing is opened for help'));

test('help tells what the command prints, with examples', (t) => {
  const program = new Command('kiln').configureHelp({ helpWidth: 100 });
  addModules(program, NEVER);
  let shown = '';
  const [command] = program.commands;
  command?.configureOutput({ writeOut: (text) => (shown += text) }).outputHelp();
  t.snapshot(shown);
});

test('what cannot be opened ends the command with its error', async (t) => {
  const program = new Command('kiln');
  addModules(program, (image) => Promise.reject(new Error(`no ${image}`)));
  await t.throwsAsync(program.parseAsync(['modules', 'x.yaml'], { from: 'user' }), {
    message: 'no x.yaml',
  });
});
