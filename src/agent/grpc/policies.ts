/** The methods about policies: what `trigon policy` does over the control socket, in Tetragon's words. */
import { status } from '@grpc/grpc-js';
import { quoteIfNeeded } from '../../events/text.ts';
import type {
  AddPolicyRequest,
  ConfigurePolicyRequest,
  ListPoliciesResponse,
  PolicyName,
} from '../../grpc/messages/policies.ts';
import { formatPolicyError } from '../../policies/model.ts';
import { parsePolicies } from '../../policies/parse.ts';
import type { PolicyHandlers } from '../control/server.ts';
import type { Operator } from '../journal.ts';
import { DEFAULT_FUSE, type PolicyStatus } from '../messages.ts';
import {
  domainOf,
  FILE_DOMAIN,
  GRPC_DOMAIN,
  originOf,
  tracingPolicyStatus,
} from './policyStatus.ts';
import { CallRefusal } from './status.ts';

export type PolicyMethods = {
  add(request: AddPolicyRequest, by: Operator | undefined): void;
  remove(name: PolicyName, by: Operator | undefined): void;
  list(domain: string): ListPoliciesResponse;
  configure(request: ConfigurePolicyRequest, by: Operator | undefined): void;
  domains(): string[];
};

/** All of them throw CallRefusal or PolicyRefusal. */
export function createPolicyMethods(handlers: PolicyHandlers): PolicyMethods {
  const find = ({ name, namespace, domain }: PolicyName): PolicyStatus => {
    const found = handlers
      .status()
      .filter(
        (policy) =>
          policy.name === name &&
          (policy.namespace ?? '') === namespace &&
          (domain === '' || domainOf(policy.file) === domain),
      );
    const [policy, second] = found;
    const inDomain = domain === '' ? '' : ` in domain ${quoteIfNeeded(domain)}`;
    if (policy === undefined)
      throw new CallRefusal(
        status.NOT_FOUND,
        `there is no policy ${quoteIfNeeded(name)}${inDomain}`,
      );
    if (second !== undefined)
      throw new CallRefusal(
        status.FAILED_PRECONDITION,
        `${found.length} policies are called ${quoteIfNeeded(name)} (${found.map(({ file }) => quoteIfNeeded(file)).join(', ')}): use "trigon policy", which tells them apart`,
      );
    return policy;
  };

  const switchTo = ({ id, mode }: PolicyStatus, wanted: 'off' | 'monitor', by?: Operator) => {
    if (mode !== wanted) handlers.setMode(id, wanted, by);
  };

  return {
    add({ yaml, domain }, by) {
      const file = originOf(checkDomain(domain), nameIn(yaml));
      const known = handlers.status().find((policy) => policy.file === file);
      if (known)
        throw new CallRefusal(
          status.ALREADY_EXISTS,
          `policy ${quoteIfNeeded(known.name)} is loaded already: delete it first`,
        );
      const added = handlers.add({ source: yaml, file, mode: 'monitor', variables: {} }, by);
      const loaded = handlers.status().filter(({ id }) => added.ids.includes(id));
      const isUseless = loaded.every(
        ({ condition, mode }) => condition === 'load_error' || mode === 'off',
      );
      if (!isUseless) return;
      // Tetragon's answer has no place for a warning: what can't run at all isn't kept.
      for (const { id } of loaded) handlers.remove(id, by);
      throw new CallRefusal(
        loaded.length > 0 ? status.FAILED_PRECONDITION : status.INVALID_ARGUMENT,
        added.problems.join('\n') || 'none of its hooks can be had on this host',
      );
    },
    remove: (name, by) => handlers.remove(find(name).id, by),
    list: (domain) => ({
      policies: handlers
        .status()
        .filter(({ file }) => domain === '' || domainOf(file) === domain)
        .map(tracingPolicyStatus),
    }),
    configure({ enable, mode, ...name }, by) {
      const policy = find(name);
      if (mode === undefined && enable === undefined)
        throw new CallRefusal(status.INVALID_ARGUMENT, 'neither enable nor mode is given');
      if (mode === 'TP_MODE_UNKNOWN' || mode === 'TP_MODE_MONITOR_ONLY')
        throw new CallRefusal(
          status.INVALID_ARGUMENT,
          `${mode} can't be asked for: TP_MODE_ENFORCE or TP_MODE_MONITOR`,
        );
      const isOn = enable ?? policy.mode !== 'off';
      if (!isOn) {
        if (mode === 'TP_MODE_ENFORCE')
          throw new CallRefusal(
            status.FAILED_PRECONDITION,
            `${quoteIfNeeded(policy.name)} is disabled: it can't enforce; enable it too`,
          );
        switchTo(policy, 'off', by);
      } else if (mode === 'TP_MODE_ENFORCE') {
        handlers.arm({ id: policy.id, seconds: null, add: 'none', fuse: DEFAULT_FUSE }, by);
      } else if (mode === 'TP_MODE_MONITOR' || policy.mode === 'off') {
        switchTo(policy, 'monitor', by);
      }
    },
    domains: () =>
      [
        ...new Set([
          FILE_DOMAIN,
          GRPC_DOMAIN,
          ...handlers.status().map(({ file }) => domainOf(file)),
        ]),
      ].sort(),
  };
}

/** Names of Tetragon's domains that aren't for clients. */
const RESERVED = [FILE_DOMAIN, 'k8s', 'sensors'];

function checkDomain(domain: string): string {
  if (domain === '') return GRPC_DOMAIN;
  if (RESERVED.includes(domain) || !/^[\w.-]{1,63}$/.test(domain))
    throw new CallRefusal(
      status.INVALID_ARGUMENT,
      `${quoteIfNeeded(domain)} can't be the domain of a policy that a client adds`,
    );
  return domain;
}

/** The name of the first policy in the text. */
function nameIn(yaml: string): string {
  const { policies, errors = [] } = parsePolicies(yaml, 'policy');
  const [first] = policies ?? [];
  if (first !== undefined) return first.name;
  const lines = errors.map(formatPolicyError);
  throw new CallRefusal(
    status.INVALID_ARGUMENT,
    lines.length > 0 ? lines.join('\n') : 'there is no policy in it',
  );
}
