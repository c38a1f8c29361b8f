/** Options of lists: fields with what they are, values with how many lines have them. */
import { ComboboxOption } from '@grafana/ui';

import { FieldInfo, ValueInfo } from '../../api/resources';

/** The longest example that stands beside a field. */
const LONGEST_EXAMPLE = 40;

const PLACES: Record<string, string> = { label: 'label', metadata: 'metadata', line: 'in the line' };

/** A field with its type, where it was found, and an example. */
export function fieldOption(field: FieldInfo): ComboboxOption {
  const parts = [field.unit ? `${field.type}, ${field.unit}` : field.type];
  if (field.found?.length) {
    parts.push(field.found.map((place) => PLACES[place] ?? place).join(' and '));
  }
  if (field.example) {
    const { example } = field;
    parts.push(
      `e.g. ${example.length > LONGEST_EXAMPLE ? `${example.slice(0, LONGEST_EXAMPLE)}…` : example}`
    );
  }
  return { value: field.name, label: field.name, description: parts.join(' · ') };
}

/** A value with its number of lines. */
export function valueOption({ value, count }: ValueInfo): ComboboxOption {
  const description =
    count === null ? undefined : `${count.toLocaleString('en')} ${count === 1 ? 'line' : 'lines'}`;
  return { value, label: value, ...(description && { description }) };
}

/** The dashboard's variables that match what was typed. */
export function variableOptions(names: string[], typed: string): ComboboxOption[] {
  const options = names.map((name) => ({
    value: `$${name}`,
    label: `$${name}`,
    description: 'Dashboard variable',
  }));
  return options.filter(({ value }) => value.toLowerCase().includes(typed.toLowerCase()));
}

/** What a value takes in a list of chosen ones, in the units of Grafana's widths. */
const PILL = 6.5;
const LETTER = 0.9;
/** What the arrow and the cross of a list take. */
const SUFFIX = 14;
/** The widest that a list gets by itself; a panel's editor is not much wider. */
const WIDEST = 60;

/** A width at which the chosen values are seen: Grafana's own "auto" shows the first and the number of others. */
export function roomFor(values: string[], least: number): number {
  const wanted = values.reduce((sum, value) => sum + value.length * LETTER + PILL, SUFFIX);
  return Math.min(Math.max(Math.ceil(wanted), least), WIDEST);
}

/** The same options with one that is chosen but not among them. */
export function including(options: ComboboxOption[], ...values: string[]): ComboboxOption[] {
  const missing = values.filter((value) => value !== '' && !options.some((option) => option.value === value));
  return missing.length === 0 ? options : [...missing.map((value) => ({ value, label: value })), ...options];
}
