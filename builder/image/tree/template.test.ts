import test from 'ava';
import { Report } from '../../report/diagnostic.ts';
import { formatDiagnostics } from '../../report/format.ts';
import { namesIn, renderTemplate } from './template.ts';

const VIEW = {
  name: 'a "b" & <c>',
  size: 3,
  on: true,
  off: false,
  image: { name: 'kiln', version: '1.2' },
};

function render(text: string) {
  const report = new Report();
  const result = renderTemplate({ name: 'overlays/x/motd.mustache', text }, VIEW, report);
  return { result, errors: formatDiagnostics(report.diagnostics) };
}

const good: readonly [template: string, result: string][] = [
  ['{{name}} {{{name}}} {{&name}}', `${VIEW.name} ${VIEW.name} ${VIEW.name}`],
  ['{{ image.name }}-{{image.version}} {{size}}', 'kiln-1.2 3'],
  ['{{#on}}yes{{/on}}{{#off}}no{{/off}}{{^off}}not{{/off}}', 'yesnot'],
  ['a\n{{#on}}\nb\n{{/on}}\nc\n', 'a\nb\nc\n'],
  ['{{! a comment }}x', 'x'],
  ['{{#image}}{{image.name}}{{/image}}', 'kiln'],
  ['{{#size}}{{.}}{{/size}}', '3'],
  ['{{=<% %>=}}<% size %> {{not.a.tag}}', '3 {{not.a.tag}}'],
  ['', ''],
];

for (const [template, result] of good) {
  test(`the template ${JSON.stringify(template)} is rendered`, (t) => {
    t.deepEqual(render(template), { result, errors: '' });
  });
}

const bad: readonly [title: string, template: string][] = [
  ['an unknown name', 'a\nb {{nmae}} c\n'],
  ['an unknown member', '{{image.nmae}}'],
  ['an unknown section', '{{#of}}x{{/of}}'],
  ['an unknown name in a section that is off', '{{#off}}{{nowhere}}{{/off}}'],
  ['a group of names', '{{image}}'],
  ['a partial', '{{> other}}'],
  ['a dot outside of a section', '{{.}}'],
  ['a section that is not closed', 'x\n{{#on}}x'],
  ['a section that is closed wrongly', '{{#on}}x{{/off}}'],
  ['a tag that is not closed', 'x\n{{name'],
  ['several at once', '{{one}}\n{{two}}\n'],
];

for (const [title, template] of bad) {
  test(`${title} in a template is an error at its place`, (t) => {
    t.snapshot(render(template).errors);
  });
}

test('all names of a view are known, with their members', (t) => {
  t.deepEqual(namesIn(VIEW), ['name', 'size', 'on', 'off', 'image.name', 'image.version']);
});
