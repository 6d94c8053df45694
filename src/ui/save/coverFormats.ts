import type { PolicyStatus } from '../../agent/messages.ts';
import { encodeEvent } from '../../events/json.ts';
import { withoutSecrets } from '../detail/environment.ts';
import type { DetailState } from '../detail.ts';
import type { Look } from '../look.ts';
import { withoutStyles } from '../text/plain.ts';
import type { DetailLook } from '../views/detail/item.ts';
import { detailText } from '../views/detailLines.ts';
import { policyPlanLines } from '../views/policyDetail.ts';
import { type SaveFormat, textFormat } from './formats.ts';

/** Wide enough for what is wrapped, narrow enough to be read. */
const TEXT_WIDTH = 120;

/** What an open detail can be saved as. */
export function detailFormats(
  detail: DetailState,
  look: Omit<DetailLook, 'width'>,
): readonly SaveFormat[] {
  const { isRevealed, subject } = detail;
  const event = subject.event && (isRevealed ? subject.event : withoutSecrets(subject.event));
  const note = event === subject.event ? 'the event, as exported' : 'the event, its secrets masked';
  const text = detailText(detail, { ...look, width: TEXT_WIDTH });
  return [
    textFormat('Text', 'the tab that is open', 'txt', text.map(trimmed)),
    ...(event ? [textFormat('JSON', note, 'json', [encodeEvent(event)])] : []),
  ];
}

/** What an open policy can be saved as. @param source its YAML, once the agent has sent it */
export function policyFormats(
  policy: PolicyStatus,
  source: string | undefined,
  look: Look,
): readonly SaveFormat[] {
  const plan = policyPlanLines(policy, look.theme, TEXT_WIDTH);
  const yaml = source?.replace(/\n$/, '').split('\n');
  return [
    ...(yaml ? [textFormat('YAML', 'the policy, as it was loaded', 'yaml', yaml)] : []),
    textFormat('Plan', 'how it is had on this host, as text', 'txt', plan.map(trimmed)),
  ];
}

const trimmed = (line: string): string => withoutStyles(line).trimEnd();
