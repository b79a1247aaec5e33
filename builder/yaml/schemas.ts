import { CNI_REQUIREMENTS } from '../image/cni/requirements.ts';
import { IMAGE } from '../image/definition/schema.ts';
import { TOOLS } from '../image/definition/tools-schema.ts';
import { MODULE_SETS } from '../image/kernel/module-sets.ts';
import { REVIEWED_SCRIPTS } from '../image/lock/maintscripts.ts';
import { SITE } from '../site/definition/schema.ts';
import { type Decoder, type Extent, jsonSchemaOf } from './decoder.ts';

interface FileKind {
  /** Where its JSON Schema is kept, relative to the project. */
  readonly file: string;
  readonly title: string;
  readonly decoder: Decoder<unknown>;
  /** A file of several that are merged, or one that stands alone. */
  readonly extent: Extent;
}

/** Every kind of YAML file that people write. */
const FILE_KINDS: readonly FileKind[] = [
  { file: 'images/image.schema.json', title: 'Kiln image', decoder: IMAGE, extent: 'part' },
  { file: 'images/site.schema.json', title: 'Kiln site', decoder: SITE, extent: 'whole' },
  { file: 'images/tools.schema.json', title: "Kiln's tools", decoder: TOOLS, extent: 'whole' },
  {
    file: 'images/modules.schema.json',
    title: 'Kiln module sets',
    decoder: MODULE_SETS,
    extent: 'whole',
  },
  {
    file: 'images/cni.schema.json',
    title: 'What CNIs need of a box',
    decoder: CNI_REQUIREMENTS,
    extent: 'whole',
  },
  {
    file: 'images/maintscripts.schema.json',
    title: 'Maintainer scripts that somebody has read',
    decoder: REVIEWED_SCRIPTS,
    extent: 'whole',
  },
];

/** The text of each JSON Schema file by its path, for editors; generated from what decodes the files. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    FILE_KINDS.map(({ file, decoder, title, extent }) => {
      const schema = jsonSchemaOf(decoder, { title, extent });
      return [file, `${JSON.stringify(schema, undefined, 2)}\n`];
    }),
  );
}
