/** The form in which a policy's parameters are edited. */
import type { PolicyStatus } from '../agent/messages.ts';
import { type EditedLine, editLine, insertText, lineOf } from './text/lineEditor.ts';

export type ParameterField = {
  readonly name: string;
  readonly line: EditedLine;
  /** Of the policy's author. */
  readonly standard: string;
  readonly help: string;
};

export type ParameterForm = {
  readonly policyId: number;
  readonly policyName: string;
  readonly fields: readonly ParameterField[];
  /** Which field keys go to. */
  readonly at: number;
  /** Number of the request under way. */
  readonly request: number | undefined;
  /** Why the values could not be taken: lines as compilers print them. */
  readonly problems: readonly string[];
};

export type FormKeyStep =
  | { kind: 'open'; form: ParameterForm }
  | { kind: 'closed' }
  | { kind: 'send'; values: Record<string, string> };

export const openParameterForm = (policy: PolicyStatus): ParameterForm => ({
  policyId: policy.id,
  policyName: policy.name,
  fields: policy.parameters.map(({ name, value, standard, help }) => ({
    ...{ name, standard, help },
    line: lineOf(value),
  })),
  at: 0,
  request: undefined,
  problems: [],
});

export function formKey(form: ParameterForm, key: string, text: string): FormKeyStep {
  if (key === 'escape') return { kind: 'closed' };
  // What was sent must not change before the answer.
  if (form.request !== undefined) return { kind: 'open', form };
  if (key === 'enter') return { kind: 'send', values: valuesOf(form) };
  const by = { up: -1, 'shift+tab': -1, down: 1, tab: 1 }[key];
  if (by !== undefined) {
    const at = Math.min(Math.max(form.at + by, 0), form.fields.length - 1);
    return { kind: 'open', form: { ...form, at } };
  }
  const line = form.fields[form.at]?.line;
  const edited = line && editLine(line, key);
  if (edited) return { kind: 'open', form: withLine(form, edited) };
  return { kind: 'open', form: text === '' ? form : typeInto(form, text) };
}

/** Typed or pasted text; of several lines the first. */
export function typeInto(form: ParameterForm, text: string): ParameterForm {
  const line = form.fields[form.at]?.line;
  return line && form.request === undefined ? withLine(form, insertText(line, text)) : form;
}

const withLine = (form: ParameterForm, line: EditedLine): ParameterForm => ({
  ...form,
  problems: [],
  fields: form.fields.map((field, index) => (index === form.at ? { ...field, line } : field)),
});

const valuesOf = ({ fields }: ParameterForm): Record<string, string> =>
  Object.fromEntries(fields.map(({ name, line }) => [name, line.text]));
