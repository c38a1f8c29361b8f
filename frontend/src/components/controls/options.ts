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

/** The same options with one that is chosen but not among them. */
export function including(options: ComboboxOption[], ...values: string[]): ComboboxOption[] {
  const missing = values.filter((value) => value !== '' && !options.some((option) => option.value === value));
  return missing.length === 0 ? options : [...missing.map((value) => ({ value, label: value })), ...options];
}
