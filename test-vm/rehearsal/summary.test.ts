import test from 'ava';
import { parseEvidence } from './evidence.ts';
import { atPort } from './hold.ts';
import { FAILED, FORMED } from './report/record-fixture.ts';
import { failureText, summaryText } from './summary.ts';

test('what is printed of a cluster that formed', (t) => {
  t.snapshot(summaryText(FORMED, 'out/plant7/rehearsal'));
});

test('what is said of one that did not', (t) => {
  const cause = 'clock: no time server answers, as in every rehearsal without --online';
  const warnings = ['c1', 'w1'].map((node) => ({ node, cause }));
  t.snapshot(failureText({ ...FAILED, warnings }));
});

test('a kubeconfig at a port of this host is otherwise the same', (t) => {
  const kubeconfig = `apiVersion: v1
kind: Config
clusters:
  - name: plant7
    cluster:
      server: https://10.0.0.11:6443
      certificate-authority-data: ${'QUJD'.repeat(60)}
`;
  t.is(
    atPort(kubeconfig, 40123),
    kubeconfig.replace('https://10.0.0.11:6443', 'https://127.0.0.1:40123'),
  );
});

test('what a node tells of its boot: a sentence, a picture, its journal', (t) => {
  const boundary = 'kiln-rehearsal-boundary\n';
  const answer = `Startup finished in 4s (kernel) = 51s \nmulti-user.target reached\n${boundary}<?xml version="1.0"?>\n<svg x="1"><g/></svg>\n${boundary}[ 1.0] c1 systemd: up\n`;
  t.deepEqual(parseEvidence(answer), {
    time: 'Startup finished in 4s (kernel) = 51s ',
    chart: '<svg x="1"><g/></svg>',
    journal: '[ 1.0] c1 systemd: up\n',
  });
  const early = `Bootup is not yet finished\n${boundary}Bootup is not yet finished\n${boundary}x`;
  t.deepEqual(parseEvidence(early), { time: undefined, chart: undefined, journal: 'x' });
});
