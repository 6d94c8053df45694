import { COMMANDS } from '../ui/commands.ts';
import type { Option } from './option.ts';
import { configurableOptions, SECTION_NAMES, variableOf } from './settings.ts';

const text = { type: ['string', 'number'] } as const;

/** The JSON schema (draft 2020-12) of config.yaml, from the table of options. */
export function configSchema(): Readonly<Record<string, unknown>> {
  const options = configurableOptions();
  const propertiesOf = (of: readonly Option[]) =>
    Object.fromEntries(of.map((option) => [option.name, propertyOf(option)]));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: "Trigon's config.yaml",
    type: 'object',
    additionalProperties: false,
    properties: {
      ...propertiesOf(options),
      ...Object.fromEntries(
        SECTION_NAMES.map((command) => [
          command,
          {
            type: ['object', 'null'],
            description: `Of "${command}" alone.`,
            additionalProperties: false,
            properties: propertiesOf(options.filter(({ commands }) => commands.includes(command))),
          },
        ]),
      ),
      keys: {
        type: ['object', 'null'],
        description: 'Keys of commands: one, a list, or none.',
        additionalProperties: false,
        properties: Object.fromEntries(
          COMMANDS.map(({ id, title }) => [
            id,
            {
              description: title,
              oneOf: [text, { type: 'array', items: text }, { type: 'null' }],
            },
          ]),
        ),
      },
    },
  };
}

function propertyOf(option: Option): Readonly<Record<string, unknown>> {
  const description = `${option.help} (variable ${variableOf(option)})`;
  if (option.value === undefined) return { type: ['boolean', 'null'], description };
  if (option.isList)
    return { description, oneOf: [text, { type: 'array', items: text }, { type: 'null' }] };
  return { type: [...text.type, 'null'], description };
}
