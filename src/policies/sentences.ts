// Stand-in by LEAD so that everything builds until WORDS's version is here: overwrite it.
import type { Hook, Selector, TracingPolicy } from './model.ts';
import { describeSelector } from './words.ts';

export const armedSentence = (
  hook: Hook,
  selector: Selector | undefined,
  action: 'kill' | 'deny' | 'own',
): string => `${action}: ${selector ? describeSelector(hook, selector) : 'every call'}`;

export const watchSentence = ({ name }: TracingPolicy): string => name;
