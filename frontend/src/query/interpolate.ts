/**
 * Dashboard variables in a query, each place by its own rules, so that nobody has to escape anything:
 * several values become several ids or values, *All* asks for all, regular expressions take values
 * literally.
 */
import { AdHocVariableFilter, ScopedVars } from '@grafana/data';

import { Events, Filter, GinkgoQuery, Search } from '../types';
import { alternatives } from './escape';
import { withAdHocFilters } from './filters';
import { interpolateLogql } from './logql';
import { read } from './question';
import { Templates, Variables } from './variables';

/** Replaces the variables in a query and adds the dashboard's ad hoc filters. */
export function interpolate(
  query: GinkgoQuery,
  templates: Templates,
  scopedVars: ScopedVars = {},
  adHoc: AdHocVariableFilter[] = []
): GinkgoQuery {
  const variables = new Variables(templates, scopedVars);
  const next: GinkgoQuery = { ...query };
  for (const key of [
    'queryType',
    'system',
    'result',
    'window',
    'step',
    'direction',
    'legendFormat',
    'delay',
  ] as const) {
    if (typeof next[key] === 'string') {
      next[key] = variables.text(next[key]);
    }
  }
  if (typeof next.limit === 'string') {
    next.limit = variables.text(next.limit);
  }
  if (typeof next.expr === 'string') {
    next.expr = interpolateLogql(next.expr, variables);
  }
  if (Array.isArray(next.ids)) {
    next.ids = ids(next.ids, variables);
  }
  for (const key of ['columns', 'groupBy'] as const) {
    if (Array.isArray(next[key])) {
      next[key] = next[key].flatMap((name) => list(name, variables));
    }
  }
  if (Array.isArray(next.filters)) {
    next.filters = next.filters.flatMap((filter) => filters(filter, variables));
  }
  if (Array.isArray(next.search)) {
    next.search = next.search.flatMap((search) => searches(search, variables));
  }
  if (typeof next.measure?.field === 'string') {
    const aggregation = next.measure.aggregation;
    next.measure = {
      ...next.measure,
      field: variables.text(next.measure.field),
      ...(typeof aggregation === 'string' && { aggregation: variables.text(aggregation) }),
    };
  }
  if (isRecord(next.events)) {
    next.events = events(next.events, variables);
  }
  return read(next).queryType === 'logql' ? next : withAdHocFilters(next, adHoc);
}

/** What is no text stands as it is: the backend says what is wrong with it. */
function list(entry: unknown, variables: Variables): string[] {
  return typeof entry === 'string' ? variables.texts(entry).texts : [entry as string];
}

function ids(entries: unknown[], variables: Variables): string[] {
  const found: string[] = [];
  for (const entry of entries) {
    if (typeof entry !== 'string') {
      found.push(entry as string);
      continue;
    }
    const { texts, all } = variables.texts(entry);
    if (all) {
      return [];
    }
    found.push(...texts);
  }
  return [...new Set(found)];
}

/** With several values, `is` becomes `is one of`. */
const MANY: Record<string, string> = { '=': '=|', '!=': '!=|' };

function filters(filter: Filter, variables: Variables): Filter[] {
  if (!isRecord(filter) || !Array.isArray(filter.values)) {
    return [filter];
  }
  const field = typeof filter.field === 'string' ? variables.text(filter.field) : filter.field;
  const isRegex = filter.operator === '=~' || filter.operator === '!~';
  const values: string[] = [];
  for (const value of filter.values) {
    if (typeof value !== 'string') {
      values.push(value);
      continue;
    }
    const { texts, all, typed } = variables.texts(value);
    if (all) {
      return [];
    }
    values.push(...(isRegex && !typed ? [regex(value, variables)] : texts));
  }
  const unique = [...new Set(values)];
  const operator = unique.length > 1 ? (MANY[filter.operator] ?? filter.operator) : filter.operator;
  return [{ ...filter, field, operator, values: unique }];
}

/** Writes the variables of a regular expression as escaped alternatives. */
function regex(text: string, variables: Variables): string {
  const pieces = variables.pieces(text).map((piece) => {
    const values = piece.values?.filter((value) => value !== '') ?? [];
    if (!piece.values || values.length === 0 || piece.typed) {
      return piece.values ? values.join('|') || alternatives([piece.text]) : piece.text;
    }
    return alternatives(values);
  });
  return pieces.join('');
}

function searches(search: Search, variables: Variables): Search[] {
  if (!isRecord(search) || typeof search.text !== 'string') {
    return [search];
  }
  const isRegex = search.operator === 'matches' || search.operator === 'not matches';
  const pieces = variables.pieces(search.text);
  const holders = pieces.filter((piece) => piece.values);
  if (holders.length === 0) {
    return [search];
  }
  if (pieces.length === 1 && (pieces[0]?.all || pieces[0]?.values?.every((value) => value === ''))) {
    return [];
  }
  if (isRegex) {
    return [{ ...search, text: regex(search.text, variables) }];
  }
  const { texts } = variables.texts(search.text);
  if (texts.length === 1) {
    return [{ ...search, text: texts[0]! }];
  }
  // Any of several texts: searches are conditions that must all hold, so that is one expression.
  const operator = search.operator === 'not contains' ? 'not matches' : 'matches';
  return [{ ...search, operator, text: alternatives(texts) }];
}

function events(given: Events, variables: Variables): Events {
  const next: Record<string, unknown> = { ...given };
  for (const [key, value] of Object.entries(next)) {
    if (typeof value === 'string') {
      next[key] = variables.text(value);
    } else if (Array.isArray(value)) {
      next[key] = value.flatMap((entry) => list(entry, variables));
    }
  }
  return next;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
