import type { ErrorList } from '../policies/language/reader.ts';
import type { Hook, PolicyError, Selector, TracingPolicy } from '../policies/model.ts';
import { parsePolicies } from '../policies/parse.ts';

/**
 * Names of the policies of a lab. They are going to be armed by learners, so each must be confined to the attack: every selector
 * asks for a binary below the lab's folder, which exists for the attack's processes alone.
 *
 * @param text the policies of the lab's file, at their lines; '' when there are none
 */
export function readLabPolicies(text: string, errors: ErrorList, folder: string): string[] {
  if (text === '') return [];
  const parsed = parsePolicies(text, errors.file, { variables: { LAB: folder } });
  if (parsed.errors) {
    errors.list.push(...parsed.errors);
    return [];
  }
  for (const policy of parsed.policies) errors.list.push(...unconfined(policy, folder));
  return parsed.policies.map(({ name }) => name);
}

function unconfined(policy: TracingPolicy, folder: string): PolicyError[] {
  const { file, name } = policy;
  const error = (place: Pick<Hook, 'position' | 'field'>, message: string): PolicyError => ({
    file,
    ...place.position,
    field: place.field,
    message: `policy ${name}: ${message}`,
  });
  const whole = { position: policy.position, field: 'spec' };
  if (policy.loader) return [error(whole, '"loader" tells of every program: not in a lab')];
  if (policy.enforcer) return [error(whole, '"enforcers" act on every program: not in a lab')];
  // Other values of them could be set on the screen, and lead out of the folder.
  if (policy.parameters.length > 0)
    return [error(whole, 'has "trigon/parameters": not in a lab, whose policies stay as they are')];
  return policy.hooks.flatMap((hook) =>
    hook.selectors.length === 0
      ? [error(hook, NEEDED)]
      : hook.selectors
          .filter((selector) => !isConfined(selector, folder))
          .map((selector) => error(selector, NEEDED)),
  );
}

const NEEDED = [
  'every selector needs matchBinaries with operator In or Prefix and values that begin with',
  '$' + '{LAB}/, so that armed it can hit nothing but the attack',
].join(' ');

const isConfined = ({ matchBinaries }: Selector, folder: string): boolean =>
  matchBinaries !== undefined &&
  (matchBinaries.operator === 'In' || matchBinaries.operator === 'Prefix') &&
  matchBinaries.values.every((value) => value.startsWith(`${folder}/`));
