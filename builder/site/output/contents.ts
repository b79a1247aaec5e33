import type { Site } from '../definition/site.ts';
import { nodeFilesOf } from '../node-files/node-files-of.ts';
import { adminKubeconfig } from '../secrets/kubeconfig.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { tokensText } from './tokens-file.ts';
import type { SiteContents } from './write-site.ts';

/** Names of files beside the ISOs. */
export const ADMIN_KUBECONFIG = 'admin.kubeconfig';
export const TOKENS_FILE = 'tokens.yaml';

/** What a site's directory is to have. Pure: the same for the same site and secrets. */
export function contentsOf(site: Site, secrets: Secrets): SiteContents {
  const tokens = tokensText(site, secrets);
  return {
    site,
    nodeFiles: nodeFilesOf(site, secrets),
    others: {
      [ADMIN_KUBECONFIG]: adminKubeconfig(site, secrets),
      ...(tokens !== '' && { [TOKENS_FILE]: tokens }),
    },
  };
}
