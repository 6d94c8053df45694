import type { FromAgent, ToAgent } from '../messages.ts';
import type { ToldModels } from '../told/models.ts';

const REFUSAL = "a recording can't be changed: it shows what happened";

/** What the screen is answered that asks an agent: it waits for it. What only a live host could do is refused. */
export function answerTo(
  message: ToAgent,
  models: Pick<ToldModels, 'describe' | 'profile'>,
): FromAgent | undefined {
  switch (message.type) {
    case 'describe': {
      const { request, pid, ktime } = message;
      return { type: 'description', request, ...models.describe(pid, ktime) };
    }
    case 'describe-binary': {
      const { request, binary } = message;
      return { type: 'binary-description', request, profile: models.profile(binary) };
    }
    case 'open-files': {
      const reason = 'a recording doesn’t have the files that were open';
      const files = { kind: 'refused' as const, reason };
      return { type: 'open-files', request: message.request, files };
    }
    case 'find-target':
      return { type: 'target', request: message.request, answer: { refusal: REFUSAL } };
    case 'read-policy': {
      const source = '# A recording has no texts of policies.\n';
      const { request, policy } = message;
      return { type: 'policy-text', request, policy, source };
    }
    case 'set-parameters': {
      const { request, policy } = message;
      return { type: 'edited', request, policy, problems: [REFUSAL] };
    }
    case 'test-policy': {
      const { request, policy } = message;
      const nothing = {
        policy: '',
        file: '',
        obtained: '',
        trigger: undefined,
        nearMiss: undefined,
      };
      const result = { ...nothing, verdict: 'not run' as const, why: REFUSAL };
      return { type: 'tested', request, policy, result };
    }
    case 'set-mode':
    case 'arm':
    case 'disarm-all':
    case 'prepare-arming':
    case 'signal':
    case 'record':
      return { type: 'notice', level: 'warning', text: REFUSAL };
    case 'heartbeat':
    case 'mark':
    case 'done':
    case 'watch':
    case 'playback':
    case 'stop':
      return undefined;
  }
}
