import { KilnError } from '../../report/errors.ts';
import { type Label, labelRows } from './label.ts';

/** 63.5 mm × 38.1 mm, 21 on a page of A4: the most common sheets of labels. It needs nothing from anywhere else. */
const HEAD = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Labels by Kiln</title>
<style>
@page { size: A4; margin: 15.1mm 7.2mm }
* { box-sizing: border-box; margin: 0 }
body { display: grid; grid-template-columns: repeat(3, 63.5mm); column-gap: 2.5mm; color: #000; background: #fff;
  font: 7.5pt/1.25 sans-serif }
article { height: 38.1mm; padding: 2.5mm 3mm; overflow: hidden; break-inside: avoid; outline: 0.1mm dotted #bbb }
h1 { display: flex; justify-content: space-between; align-items: baseline; font-size: 15pt; line-height: 1.2 }
h1 small { font-size: 8pt; font-weight: normal }
dl { display: grid; grid-template-columns: max-content 1fr; column-gap: 2mm }
dt { color: #555 }
dd { font-family: monospace; font-size: 7pt; overflow-wrap: anywhere }
@media screen { body { margin: 10mm } }
</style>
</head>
<body>
`;
const TAIL = '</body>\n</html>\n';

/** A label is one line of the sheet, so that a later run finds it again. */
const ARTICLE = /^<article id="([^"]*)">.*<\/article>$/;

/**
 * Adds a label to a sheet; a label of the same node gives way to it. Pure.
 * @param before the sheet's text; undefined begins one
 * @throws KilnError `usage` when that is no sheet of this Kiln's
 */
export function withLabel(before: string | undefined, path: string, label: Label): string {
  const labels = labelsIn(before, path);
  labels.set(idOf(label), article(label));
  return `${HEAD}${[...labels.values()].map((line) => `${line}\n`).join('')}${TAIL}`;
}

/** The labels of a sheet by what they are for: lines of it. Throws as above. */
export function labelsIn(text: string | undefined, path: string): Map<string, string> {
  if (text === undefined) return new Map();
  const isSheet = text.startsWith(HEAD) && text.endsWith(TAIL);
  const lines = isSheet ? text.slice(HEAD.length, -TAIL.length).split('\n').slice(0, -1) : [''];
  return new Map(
    lines.map((line) => {
      const [, id] = ARTICLE.exec(line) ?? [];
      if (id !== undefined) return [id, line];
      throw new KilnError('usage', `${path} is no sheet of labels that this version has written`, {
        hint: 'name another file: what is there is left as it is',
      });
    }),
  );
}

function idOf({ site, node }: Label): string {
  return escaped(`${site}/${node}`);
}

function article(label: Label): string {
  const rows = labelRows(label).map(
    ([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`,
  );
  const heading = `<h1>${escaped(label.node)} <small>${escaped(label.site)}</small></h1>`;
  return `<article id="${idOf(label)}">${heading}<dl>${rows.join('')}</dl></article>`;
}

/** Text as HTML has it, in one line. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/\s+/g, ' ');
}
