import test from 'ava';
import { reportHtml } from './html.ts';
import { BOOTS, FAILED, FORMED } from './record-fixture.ts';
import { STAGES } from './style.ts';

test('the report of a cluster that formed', (t) => {
  t.snapshot(reportHtml(FORMED, BOOTS));
});

test('the report of one that did not', (t) => {
  const html = reportHtml(FAILED, new Map());
  t.snapshot(html.slice(html.indexOf('<body>')));
});

test('nothing that a guest says becomes a part of the page, and nothing is loaded', (t) => {
  const html = reportHtml(FAILED, BOOTS);
  t.notRegex(html, /<script/i);
  const loaded = html.match(/\b(?:href|src|url)\s*[=(][^>]{0,9}/gi) ?? [];
  t.deepEqual([...new Set(loaded)], ['src="data:ima']);
  t.true(html.includes('&lt;/pre&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;'));
  t.regex(html, /http-equiv="Content-Security-Policy" content="default-src 'none'; /);
});

test('the same record is the same page, and every stage has a colour', (t) => {
  t.is(reportHtml(FORMED, BOOTS), reportHtml(FORMED, BOOTS));
  for (const stage of STAGES) t.true(reportHtml(FORMED, BOOTS).includes(`svg .${stage} {`));
});

test('tags that are opened are closed', (t) => {
  const html = reportHtml(FORMED, BOOTS);
  for (const tag of ['html', 'body', 'svg', 'table', 'tr', 'td', 'div', 'details', 'pre', 'text']) {
    const count = (pattern: string) => html.match(new RegExp(pattern, 'g'))?.length ?? 0;
    t.is(count(`<${tag}[ >]`), count(`</${tag}>`), tag);
  }
});
