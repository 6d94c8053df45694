import { expect, test } from 'vitest';
import { grpcOf } from '../../../src/cli/grpcValues.ts';
import { optionValues, UsageError } from '../../../src/cli/optionValues.ts';
import { prepareServices } from '../../../src/cli/prepareServices.ts';

const of = (flags: Record<string, unknown>, command: 'agent' | 'events' = 'events') =>
  grpcOf(optionValues(flags, command), command === 'agent');

const TLS = {
  serverTlsCertFile: '/c.crt',
  serverTlsKeyFile: '/c.key',
  serverTlsClientCaFiles: ['/a.crt,/b.crt'],
};

test('the agent serves a socket unless it is told otherwise, others nothing', () => {
  expect(of({}, 'agent')).toEqual({ address: 'unix:///run/trigon/tetragon.sock' });
  expect(of({ serverAddress: 'none' }, 'agent')).toBeUndefined();
  expect(of({ serverAddress: '' }, 'agent')).toBeUndefined();
  expect(of({})).toBeUndefined();
  expect(of({ serverAddress: 'unix:///a.sock' })).toEqual({ address: 'unix:///a.sock' });
});

test('an address of the network needs certificates on both sides', () => {
  expect(of({ serverAddress: 'localhost:54321', ...TLS })).toEqual({
    address: 'localhost:54321',
    tls: { certificate: '/c.crt', key: '/c.key', clientAuthorities: ['/a.crt', '/b.crt'] },
  });
  for (const missing of Object.keys(TLS))
    expect(() => of({ serverAddress: 'localhost:54321', ...TLS, [missing]: undefined })).toThrow(
      /could load and arm policies as root/,
    );
});

test.each([
  [{ serverAddress: 'localhost' }, /--server-address: "localhost" is no address/],
  [{ serverAddress: 'unix://a.sock' }, /begins with \//],
  [{ ...TLS }, /--server-tls-cert-file says nothing without --server-address/],
  [{ serverAddress: 'unix:///a.sock', ...TLS }, /not for a socket/],
])('refuses %j', (flags, expected) => {
  expect(() => of(flags)).toThrow(UsageError);
  expect(() => of(flags)).toThrow(expected);
});

test('certificates that can’t be read end the start', async () => {
  const grpc = of({ serverAddress: 'localhost:54321', ...TLS, serverTlsCertFile: '/dev/null' });
  await expect(prepareServices({ grpc })).rejects.toThrow(UsageError);
  await expect(prepareServices({ grpc })).rejects.toThrow(/^\/dev\/null can't be read: /);
  const missing = of({ serverAddress: 'localhost:54321', ...TLS });
  await expect(prepareServices({ grpc: missing })).rejects.toThrow(
    /c\.crt can't be read: .*ENOENT/,
  );
});
