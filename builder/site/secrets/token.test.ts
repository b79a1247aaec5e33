import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { parse } from 'yaml';
import { fixedEntropy } from '../../testing/site-secrets.ts';
import { joinToken, makeTokenSecret, serverUrl, tokenManifest } from './token.ts';

const TOKEN = { id: 'abcdef', secret: '0123456789abcdef' };

const read = (token: string): string => gunzipSync(Buffer.from(token, 'base64')).toString();

test('a token is a gzipped kubeconfig whose user tells the role', (t) => {
  t.snapshot(read(joinToken({ role: 'worker', token: TOKEN, host: '10.0.0.11', ca: 'CA\n' })));
  t.snapshot(read(joinToken({ role: 'controller', token: TOKEN, host: '10.0.0.11', ca: 'CA\n' })));
});

test('a token is the same text everywhere: stored bytes, no time, no operating system', (t) => {
  const token = joinToken({ role: 'worker', token: TOKEN, host: 'c1', ca: 'CA\n' });
  t.snapshot(token);
  const bytes = Buffer.from(token, 'base64');
  t.is(bytes.subarray(0, 11).toString('hex'), '1f8b08000000000000ff01');
  t.true(bytes.includes('kubelet-bootstrap'));
});

test('an address of IPv6 has brackets; ports are those that are asked for', (t) => {
  t.is(serverUrl('fd00::11', 6443), 'https://[fd00::11]:6443');
  t.is(serverUrl('api.plant7.example', 443), 'https://api.plant7.example:443');
  const joining = { token: TOKEN, host: 'fd00::11', ca: 'CA\n' } as const;
  t.regex(read(joinToken({ ...joining, role: 'worker' })), /server: https:\/\/\[fd00::11\]:6443\n/);
  t.regex(
    read(joinToken({ ...joining, role: 'controller', port: 9444 })),
    /server: https:\/\/\[fd00::11\]:9444\n/,
  );
});

test('a token of digits stays text, whoever reads it', (t) => {
  const token = { id: '123456', secret: '0123456789012345' };
  const kubeconfig = read(joinToken({ role: 'worker', token, host: 'c1', ca: 'CA\n' }));
  t.is(parse(kubeconfig, { version: '1.1' }).users[0].user.token, '123456.0123456789012345');
});

test('the Secret of a token, with and without an end', (t) => {
  t.snapshot(tokenManifest('controller', TOKEN));
  t.snapshot(tokenManifest('worker', TOKEN));
  const expiring = tokenManifest('worker', TOKEN, new Date('2026-01-02T03:04:05.678Z'));
  t.is(Buffer.from(parse(expiring).data.expiration, 'base64').toString(), '2026-01-02T03:04:05Z');
});

test('a new token has an id that no other has', (t) => {
  const first = makeTokenSecret(fixedEntropy('x'));
  t.regex(`${first.id}.${first.secret}`, /^[a-z0-9]{6}\.[a-z0-9]{16}$/);
  const taken = new Set([first.id]);
  const second = makeTokenSecret(fixedEntropy('x'), taken);
  t.not(second.id, first.id);
  t.deepEqual([...taken], [first.id, second.id]);
});
