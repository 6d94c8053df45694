import { expect, test } from 'vitest';
import { enrichmentOf } from '../../../src/cli/enrichmentValues.ts';
import { optionValues, UsageError } from '../../../src/cli/optionValues.ts';

const of = (flags: Record<string, unknown>, dockerHost = '') =>
  enrichmentOf(optionValues(flags, 'events'), dockerHost);

test('by default containers and names, and no hashes', () => {
  expect(of({})).toEqual({
    ...{ containers: true, names: true, hashes: false },
    ...{ criEndpoint: undefined, dockerSocket: undefined, kubernetes: undefined },
  });
});

test.each(['unix:///run/x.sock', 'unix:/run/x.sock', '/run/x.sock'])(
  '--cri-endpoint %s',
  (text) => {
    expect(of({ criEndpoint: text }).criEndpoint).toBe('/run/x.sock');
  },
);

test('Docker’s own variable tells where it is, if it is here', () => {
  expect(of({}, 'unix:///tmp/d.sock').dockerSocket).toBe('/tmp/d.sock');
  expect(of({}, 'tcp://10.0.0.1:2376').dockerSocket).toBeUndefined();
});

test('Kubernetes', () => {
  expect(
    of({ k8SKubeconfigPath: '/etc/k.yaml', k8sKubeconfigPath: '/etc/k.yaml' }).kubernetes,
  ).toEqual({
    kind: 'kubeconfig',
    file: '/etc/k.yaml',
  });
  expect(of({ kubeletUrl: 'https://127.0.0.1:10250' }).kubernetes).toEqual({
    ...{ kind: 'kubelet', url: 'https://127.0.0.1:10250', kubeconfig: undefined },
  });
});

test.each<[Record<string, unknown>, string]>([
  [{ criEndpoint: 'tcp://1.2.3.4:5' }, '--cri-endpoint must be a socket of this host'],
  [{ criEndpoint: 'run/x.sock' }, '--cri-endpoint must be a socket of this host'],
  [{ criEndpoint: '/run/x.sock', containerRuntimes: false }, '--no-container-runtimes'],
  [{ kubeletUrl: 'node1:10250' }, '--kubelet-url must be a URL'],
])('%j is a mistake', (flags, message) => {
  expect(() => of(flags)).toThrow(UsageError);
  expect(() => of(flags)).toThrow(message);
});
