import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Kiln's own directory: the one with `images/`, `overlays/` and `package.json`, wherever it is installed. */
export const PROJECT_DIRECTORY: string = findProject(import.meta.dirname);

function findProject(directory: string): string {
  if (existsSync(join(directory, 'package.json'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error('package.json of Kiln is missing');
  return findProject(parent);
}
