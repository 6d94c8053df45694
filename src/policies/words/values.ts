import { isIPv4 } from 'node:net';
import { CAPABILITIES, kernelCapabilityName } from '../../events/capabilities.ts';
import { familyName, protocolName, tcpStateName } from '../../events/networkNames.ts';
import type { ArgumentOperator, FilterValues, HookArgument } from '../model.ts';
import { FILE_TYPE_NUMBERS } from '../namedNumbers.ts';

/** The values of a filter, each as one would write it; `none` and expressions have no such values. */
export function valueTexts(
  type: HookArgument['type'] | undefined,
  operator: ArgumentOperator,
  values: FilterValues,
  nameOf = nameOfValue(type, operator),
): string[] {
  switch (values.kind) {
    case 'texts':
      // A buffer's text may be written with the NUL that ends it.
      return values.texts.map((text) => visible(text.replace(/\0+$/, '')));
    case 'addresses':
      return values.addresses.map(addressText);
    case 'list':
      return [`in the list ${values.list}`];
    case 'ranges':
      return [
        ...new Set(
          values.ranges.map(([low, high]) =>
            low === high ? nameOf(low) : `${nameOf(low)} to ${nameOf(high)}`,
          ),
        ),
      ];
    default:
      return [];
  }
}

/** Blanks at an end would be lost in a sentence. */
const visible = (text: string): string => (/^\s|\s$|^$/.test(text) ? `"${text}"` : text);

const FILE_TYPE_NAMES = new Map(
  [...FILE_TYPE_NUMBERS].map(([name, number]) => [number, name.toLowerCase()]),
);

/** How a number of this operator or type is written. */
function nameOfValue(
  type: HookArgument['type'] | undefined,
  operator: ArgumentOperator,
): (value: bigint) => string {
  switch (operator.replace(/^Not/, '')) {
    case 'Family':
      return (value) => familyName(Number(value));
    case 'Protocol':
      return (value) => protocolName(Number(value)).replace('IPPROTO_', '');
    case 'State':
      return (value) => tcpStateName(Number(value)).replace('TCP_', '');
    case 'FileType':
      return (value) => FILE_TYPE_NAMES.get(Number(value)) ?? String(value);
    case 'Mask':
      return (value) => `0x${value.toString(16)}`;
    default:
      return type === 'capability' ? (value) => capabilityName(Number(value)) : String;
  }
}

/** `CAP_SYS_ADMIN` of 21; of a number without a name the number. */
export function capabilityName(number: number): string {
  const name = CAPABILITIES[number];
  return name === undefined ? String(number) : kernelCapabilityName(name);
}

function addressText({ address, prefix }: { address: Uint8Array; prefix: number }): string {
  const text =
    address.length === 4
      ? address.join('.')
      : Array.from({ length: 8 }, (_, group) =>
          (((address[2 * group] ?? 0) << 8) | (address[2 * group + 1] ?? 0)).toString(16),
        ).join(':');
  const short = isIPv4(text) ? text : text.replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
  return prefix === address.length * 8 ? short : `${short}/${prefix}`;
}

/** How several values stand together. */
export type Join = (values: readonly string[]) => string;

/** `a or b or c`: commas stand between the parts of a selector. */
export function joinOr(values: readonly string[]): string {
  if (values.length <= 8) return values.join(' or ');
  return `${values.slice(0, 7).join(' or ')} or ${values.length - 7} more`;
}
