import { readdir, rm } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { Box, SITE } from './stand-in-box.ts';

/** What the log of a controller says when all of it is up, but for its worker. */
export const UP = 'controller is running';

/** A controller that is up, with the site's authority. */
export async function firstController(
  t: ExecutionContext,
  ...argv: readonly string[]
): Promise<Box> {
  t.timeout(2 * 60_000);
  const box = await Box.create(t, 'first');
  await box.placeSite();
  await box.startController(...argv);
  await box.logs(UP);
  return box;
}

export interface TokenWish {
  readonly role: 'worker' | 'controller';
  readonly valid?: string;
  /** Whether the cluster hears of it. */
  readonly isKnown?: boolean;
  readonly ca?: string;
}

/** A pre-shared token for a box, and its file on another. */
export async function placeToken(
  of: Box,
  on: Box,
  { role, valid, isKnown = true, ca }: TokenWish,
): Promise<string> {
  const cert = await on.write('site-ca.crt', ca ?? SITE.certificate);
  const port = role === 'worker' ? 6443 : 9443;
  const url = `https://${of.address}:${port}`;
  const argv = [
    'token',
    'pre-shared',
    '--role',
    role,
    '--cert',
    cert,
    '--url',
    url,
    '--out',
    on.root,
  ];
  await on.command(...argv, ...(valid === undefined ? [] : ['--valid', valid]));
  const names = await readdir(on.root);
  const manifest = names.find((name) => name.startsWith('bootstrap-token-'));
  const file = names.find((name) => name.startsWith('token_'));
  if (manifest === undefined || file === undefined) throw new Error(names.join(' '));
  if (isKnown) await of.write(`data/manifests/site/${manifest}`, await on.read(manifest));
  await rm(on.path(manifest));
  return on.path(file);
}
