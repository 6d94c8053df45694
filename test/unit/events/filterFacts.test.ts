/** Fields of filters about what is known from elsewhere than the kernel. */
import { expect, test } from 'vitest';
import { filterSubject } from '../../../src/events/filter/fields.ts';
import { parseFilter } from '../../../src/events/filter/parse.ts';
import type { Event, Process } from '../../../src/events/types.ts';

const bare: Process = {
  ...{ execId: 'x', cwd: '/', binary: '/bin/tool', arguments: '', flags: '', parentExecId: 'y' },
};
const inDocker: Process = {
  ...bare,
  docker: 'abcdef0123',
  startTime: 1_000_000_000n,
  trigon: {
    container: { id: 'abcdef0123456', name: 'web-1', image: 'nginx:1.27' },
    sha256: 'c0ffee',
  },
};
const inPod: Process = {
  ...bare,
  docker: 'abcdef0123',
  pod: {
    ...{ namespace: 'shop', name: 'cart-7d-x', workload: 'cart', workloadKind: 'Deployment' },
    podLabels: { app: 'cart', tier: 'front' },
    container: { id: 'containerd://abcdef', name: 'php', image: { id: 's', name: 'php:8' } },
  },
};
const inUnit: Process = { ...bare, trigon: { unit: 'ssh.service' } };

const passes = (text: string, process: Process): boolean => {
  const event: Event = { kind: 'process_exec', nodeName: 'n', time: 6_500_000_000n, process };
  const { filter, error } = parseFilter(text);
  if (!filter) throw new Error(error);
  return filter(filterSubject(event, { userName: String }));
};

test.each<[string, Process, boolean]>([
  ['container:abcd', inDocker, true],
  ['container:bcde', inDocker, false],
  ['container:web', inDocker, true],
  ['container=web-1', inDocker, true],
  ['container!=web-1', inDocker, false],
  ['container:php', inPod, true],
  ['container:*', bare, false],
  ['image:nginx', inDocker, true],
  ['image:php', inPod, true],
  ['pod:cart', inPod, true],
  ['pod:cart', inDocker, false],
  ['namespace:shop', inPod, true],
  ['namespace:sh', inPod, false],
  ['label:tier=front', inPod, true],
  ['label=app=cart', inPod, true],
  ['label=cart', inPod, false],
  ['workload=cart', inPod, true],
  ['unit:ssh', inUnit, true],
  ['unit:*', inDocker, false],
  ['sha256:c0ff', inDocker, true],
  ['age<6s', inDocker, true],
  ['age<5s', inDocker, false],
  ['age>=5500ms', inDocker, true],
  ['age<1m', inDocker, true],
  ['age=5.5', inDocker, true],
  ['age<1d', bare, false],
])('%s', (filter, process, expected) => {
  expect(passes(filter, process)).toBe(expected);
});

test('a span that is none is said so', () => {
  expect(parseFilter('age<5 age<soon').error).toContain('needs a span of time');
});
