import type { Severity } from '../policies/model.ts';
import type { Style } from './text/line.ts';

/** Every meaning that the screen gives a style to; themes must define them all. */
export const SLOTS = [
  'text',
  'text.dim',
  'text.strong',
  'frame',
  'frame.armed',
  'title',
  'tab.active',
  'tab.inactive',
  'status.live',
  'status.paused',
  'status.good',
  'status.warning',
  'status.danger',
  'cursor',
  'event.time',
  'event.exec',
  'event.exit',
  'event.policy',
  'event.binary',
  'event.arguments',
  'event.path',
  'event.status',
  'event.signal',
  'event.source',
  'event.killed',
  'event.withheld',
  'event.spared',
  'severity.info',
  'severity.low',
  'severity.medium',
  'severity.high',
  'severity.critical',
  'mode.off',
  'mode.monitor',
  'mode.armed',
  'hint.key',
  'hint.text',
  'input',
  'input.valid',
  'input.wrong',
  'find.match',
] as const;
export type Slot = (typeof SLOTS)[number];

/** What shows how bad something is. */
export const severitySlot = (severity: Severity): Slot => `severity.${severity}`;

/**
 * The styles in use. While the program runs it is one object whose slots are replaced when the operator chooses another theme: who
 * keeps finished lines must drop them then, and can tell by `theme.text`, which is another object afterwards.
 */
export type Theme = Readonly<Record<Slot, Style>>;
