import { fileURLToPath, pathToFileURL } from 'node:url';
import { askTrigon } from '../../src/agent/control/client.ts';
import type { ControlRequest, ControlResults } from '../../src/agent/control/protocol.ts';
import type { PolicyStatus } from '../../src/agent/messages.ts';
import type { AgentStats } from '../../src/agent/metrics/types.ts';
import { type AppSession, type Report, startApp } from '../driver/app.ts';
import { freePort } from '../driver/freePort.ts';
import { until } from '../driver/until.ts';
import type { Shop } from './shop.ts';

export const START_SIZE = { columns: 120, rows: 40 } as const;

/** Of the export, after which it is rotated, and how many old files are kept. */
export const EXPORT_MB = 4;
export const EXPORT_BACKUPS = 3;

/** The Trigon under soak: the real program with its screen on a terminal, and with everything that it serves. */
export type Subject = {
  readonly app: AppSession;
  /** The process with the screen and the agent, and the launcher. */
  readonly pid: number;
  readonly guardian: number;
  /** Where its metrics, its gRPC API and its control are. */
  readonly metrics: string;
  readonly grpc: string;
  readonly control: string;
  ask<Request extends ControlRequest>(
    request: Request,
  ): Promise<ControlResults[Request['command']]>;
  policies(): Promise<PolicyStatus[]>;
  /** @throws when there is none of this name */
  policy(name: string): Promise<PolicyStatus>;
  stats(): Promise<AgentStats>;
  /** How often it has told of the start of a program. The first thousand programs are counted by their paths. */
  execsOf(binary: string): Promise<number>;
  /** Its exit code, when it has ended. */
  ended(): number | undefined;
  /** Quits by its key. */
  quit(): Promise<Report>;
};

const PROBE = pathToFileURL(fileURLToPath(new URL('heapProbe.mjs', import.meta.url))).href;
/** Of its output, for a message when something goes wrong: all of an hour's would fill our own memory. */
const KEPT_OUTPUT = 1 << 20;
/** More than anything that can lie over anything else. */
export const MOST_LEVELS = 6;

export async function startSubject(shop: Shop, policies: readonly string[]): Promise<Subject> {
  const control = shop.path('control.sock');
  const grpc = `unix://${shop.path('grpc.sock')}`;
  // Trigon tells its own only in a notice.
  const metrics = `127.0.0.1:${await freePort()}`;
  const args = [
    ...policies.flatMap((file) => ['--policy', file]),
    ...['--config', 'none', '--socket', control, '--server-address', grpc],
    ...['--metrics-server', metrics, '--process-hashes', '--enable-process-cred'],
    ...['--export', shop.path('export', 'events.json'), '--export-file-compress'],
    // What others do on the machine meanwhile is no load of ours.
    ...['--export-allowlist', JSON.stringify({ binary_regex: [`^${shop.folder}/`] })],
    ...['--export-file-max-size-mb', String(EXPORT_MB)],
    ...['--export-file-max-backups', String(EXPORT_BACKUPS)],
  ];
  const app = await startApp(args, {
    ...START_SIZE,
    underShell: true,
    keptOutput: KEPT_OUTPUT,
    cwd: shop.path('trigon'),
    env: {
      TRIGON_POLICY_PATH: 'none',
      TMPDIR: shop.path('tmp'),
      NODE_OPTIONS: `--import=${PROBE}`,
      TRIGON_SOAK_HEAP: shop.path('heap'),
      // Whoever runs the soak by sudo: files would be theirs.
      SUDO_UID: undefined,
      SUDO_GID: undefined,
      SUDO_USER: undefined,
    },
  });
  const ask: Subject['ask'] = (request) => askTrigon(control, request);
  const stats = () => ask({ command: 'stats' });
  const listPolicies = async () => (await ask({ command: 'status' })).policies;
  const ended = () => {
    const code = /EXIT=(\d+)/.exec(app.raw())?.[1];
    return code === undefined ? undefined : Number(code);
  };
  // The socket is there when all policies are loaded.
  const isUp = await until(() =>
    listPolicies().then(
      (all) => all.length >= policies.length,
      () => false,
    ),
  );
  if (!isUp) {
    app.kill('SIGKILL');
    throw new Error(`its policies were not loaded:\n${app.shown()}`);
  }
  return {
    ...{ app, pid: app.appPid(), guardian: app.guardianPid(), metrics, grpc, control, ask, ended },
    policies: listPolicies,
    async policy(name) {
      const found = (await listPolicies()).find((policy) => policy.name === name);
      if (!found) throw new Error(`there is no policy ${name}`);
      return found;
    },
    stats,
    execsOf: async (binary) =>
      (await stats()).byType.find((each) => each.group === 'PROCESS_EXEC' && each.binary === binary)
        ?.count ?? 0,
    quit() {
      // In what is being typed the key that quits is a letter.
      for (let level = 0; level < MOST_LEVELS; level++) app.command('app.back');
      app.command('app.quit');
      return app.report();
    },
  };
}
