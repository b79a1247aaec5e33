import { fetchK0s } from '../../builder/image/early-stages.ts';
import { collectInputs } from '../../builder/image/release/inputs.ts';
import { chooseKernel, composeRoot, makeRootfs, openLocked } from '../../builder/image/stages.ts';
import { openBenchImage } from './open-image.ts';

// The program that `mmdebstrap.ts` measures: from an image's packages to its root file system and hash tree,
// and no further. Arguments: the image file, and a directory for the result.

const [file = '', directory = ''] = process.argv.slice(2);
const { image, work } = await openBenchImage(file);
const files = await fetchK0s(image, work);
const inputs = await collectInputs({ ...image, ...work, ...files });
const packages = await openLocked(image.lock, work);
const kernel = await chooseKernel(image, packages, work);
const tree = await composeRoot(image, packages, kernel, files, work);
await makeRootfs(image, tree, inputs, { directory, scratch: directory }, work);
