import type { HookPoint, ValuePlan } from '../../../src/policies/plan.ts';

/** How a value is read, in short: `STRING@0 user`. */
export const reading = ({
  type,
  input,
  flags,
  steps,
  offset,
  sizeInput,
  atReturn,
}: ValuePlan): string =>
  [
    `${type?.replace('TG_TYPE_', '') ?? 'nothing'}@${String(input).replace('TG_INPUT_', '')}`,
    ...flags.map((flag) => flag.replace('TG_VALUE_', '').toLowerCase()),
    ...(steps.length > 0 ? [`steps ${steps.join(' ')}`] : []),
    ...(offset !== 0 ? [`+${offset}`] : []),
    ...(sizeInput !== undefined ? [`size ${sizeInput}`] : []),
    ...(atReturn ? ['at return'] : []),
  ].join(' ');

export const readings = (point: HookPoint | undefined): string[] =>
  [...(point?.values.values() ?? [])].map(reading);

/** Where a point stands, in short: `enforce fmodRet security_file_open`. */
export const placeOf = ({ attachment, when, refusedBy }: HookPoint): string => {
  const name = nameOf(attachment);
  return [
    when === 'always' ? '' : `${when} `,
    attachment.kind,
    name && ` ${name}`,
    refusedBy.length > 0 ? ` → ${refusedBy.join(' ')}` : '',
  ].join('');
};

function nameOf(attachment: HookPoint['attachment']): string {
  if ('function' in attachment) return attachment.function;
  if ('syscall' in attachment) return attachment.syscall;
  if ('hook' in attachment) return attachment.hook;
  if ('program' in attachment) return attachment.program;
  return 'name' in attachment ? attachment.name : '';
}
