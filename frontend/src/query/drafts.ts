/**
 * What may be written into a query. Controls hold half-written conditions and numbers themselves, so that
 * no model reaches the backend that it would refuse.
 */
import { Filter, Search } from '../types';
import { LEVELS, OPERATORS, valuesOf } from './words';

/** The most lines that a query may ask for; the backend's bound. */
export const MOST_LINES = 100_000;

const DURATION = /^(?:\d+(?:ms|s|m|h|d|w))+$/;
const UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** The longest duration; the backend's bound. */
const LONGEST_MS = 366 * 86_400_000;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const TRUTHS = ['true', 'false', '1', '0'];

/** A variable or a macro: what it holds is not known here. */
export function isVariable(text: string): boolean {
  return /\$\w|\$\{\w+[^}]*\}|\[\[\w+/.test(text);
}

/** Whether a text is a duration, empty for the default. */
export function isDuration(text: string): boolean {
  if (text === '' || isVariable(text)) {
    return true;
  }
  const parts = [...text.matchAll(/(\d+)(ms|[smhdw])/g)];
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);
  return DURATION.test(text) && ms >= 1 && ms <= LONGEST_MS;
}

/** Whether a text is a number of lines, empty for the default. */
export function isLimit(text: string): boolean {
  const number = Number(text);
  return text === '' || isVariable(text) || (Number.isInteger(number) && number >= 1 && number <= MOST_LINES);
}

/** Whether a text is a value of a field of this type; times are many-shaped, the backend judges them. */
export function isValueOf(type: string | undefined, text: string): boolean {
  if (isVariable(text)) {
    return true;
  }
  switch (type) {
    case 'number':
      return NUMBER.test(text) && Number.isFinite(Number(text));
    case 'bool':
      return TRUTHS.includes(text.toLowerCase());
    default:
      return true;
  }
}

/** What is wrong with a value, in words for its control. */
export function problemOf(type: string | undefined, text: string): string | undefined {
  if (text === '' || isValueOf(type, text)) {
    return undefined;
  }
  return type === 'number' ? `“${text}” is not a number` : `“${text}” is neither true nor false`;
}

/** Whether a filter says all that it needs to be asked. */
export function isFilterComplete({ field, operator, values }: Filter, type?: string): boolean {
  if (field === '' || !OPERATORS.some((word) => word.value === operator)) {
    return false;
  }
  switch (valuesOf(operator)) {
    case 'none':
      return true;
    case 'one':
      return values.length === 1 && values[0] !== '' && isValueOf(type, values[0]!);
    case 'many':
      return values.some((value) => value !== '') && values.every((value) => isValueOf(type, value));
  }
}

/** Whether a search says something. */
export function isSearchComplete({ text }: Search): boolean {
  return text !== '';
}

/** The same filter under another operator, with as many of its values as that one takes. */
export function withOperator(filter: Filter, operator: string): Filter {
  const kind = valuesOf(operator);
  const values = kind === 'none' ? [] : kind === 'one' ? filter.values.slice(0, 1) : filter.values;
  return { ...filter, operator, values };
}

/** The values that are known before anybody asks, by type. */
export function fixedValues(type: string | undefined): string[] | undefined {
  switch (type) {
    case 'level':
      return LEVELS;
    case 'bool':
      return ['true', 'false'];
    default:
      return undefined;
  }
}
