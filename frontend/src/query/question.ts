/**
 * What the editor shows of a query, and how a change goes back into it.
 *
 * Reading is lenient: a query that another version, another data source or a person wrote opens whatever
 * stands in it. Writing is careful: only what changed is touched, all else stays as it was found.
 */
import { isEqual } from 'lodash';

import { Events, Filter, GinkgoQuery, Measure, Search } from '../types';
import { ID_TYPES, LOGQL_RESULTS, METRIC_RESULTS } from './words';

/** A query with every key there, in the one form that controls use. */
export interface Question {
  queryType: string;
  system: string;
  ids: string[];
  filters: Filter[];
  search: Search[];
  result: string;
  columns: string[];
  measure: Measure | undefined;
  /** `undefined` is the default, an empty list no groups. */
  groupBy: string[] | undefined;
  window: string;
  step: string;
  instant: boolean;
  /** As text, because a variable may stand there; empty is the data source's own. */
  limit: string;
  direction: string;
  legendFormat: string;
  delay: string;
  expr: string;
  events: Events;
}

/** Reads a query as the editor shows it. */
export function read(query: GinkgoQuery): Question {
  const expr = text(query.expr);
  return {
    queryType: queryType(text(query.queryType), expr),
    system: text(query.system),
    ids: texts(query.ids) ?? [],
    filters: objects(query.filters).map(filter),
    search: objects(query.search).map(search),
    result: text(query.result) || 'logs',
    columns: texts(query.columns) ?? [],
    measure: measure(query.measure),
    groupBy: texts(query.groupBy),
    window: text(query.window),
    step: text(query.step),
    instant: query.instant === true || (text(query.queryType) === 'instant' && expr !== ''),
    limit: text(query.limit),
    direction: text(query.direction) || 'backward',
    legendFormat: text(query.legendFormat),
    delay: text(query.delay),
    expr,
    events: isObject(query.events) ? (query.events as Events) : {},
  };
}

/** Whether nobody has asked anything yet. */
export function isEmpty(query: GinkgoQuery): boolean {
  const { refId: _refId, key: _key, datasource: _datasource, hide: _hide, ...rest } = query;
  return Object.values(rest).every((value) => value === undefined || value === null || value === '');
}

/** Writes a change into a query: the keys that differ, and what they make impossible. */
export function edit(query: GinkgoQuery, change: Partial<Question>): GinkgoQuery {
  const before = read(query);
  const changed = Object.entries(change).filter(
    ([key, value]) => !isEqual(before[key as keyof Question], value)
  );
  // The first choice counts, also when it is the default: it is how one asks for everything.
  const isFirst = isEmpty(query) && Object.keys(change).join() === 'queryType';
  if (changed.length === 0 && !isFirst) {
    return query;
  }
  const next: GinkgoQuery = { ...query };
  if (change.queryType !== undefined || isForeign(query)) {
    next.queryType = change.queryType ?? before.queryType;
    set(next, 'instant', before.instant || undefined);
  }
  for (const [key, value] of changed) {
    set(next, key as keyof Question, written(key as keyof Question, value));
  }
  return possible(next);
}

/** Takes away what cannot go together, as the backend would refuse it. */
function possible(query: GinkgoQuery): GinkgoQuery {
  const next = { ...query };
  const { queryType, result } = read(query);
  if (!ID_TYPES.includes(queryType)) {
    delete next.ids;
  }
  if (queryType === 'logql') {
    for (const key of ['filters', 'search', 'groupBy', 'measure', 'events', 'stream'] as const) {
      delete next[key];
    }
    if (!LOGQL_RESULTS.includes(result)) {
      delete next.result;
    }
  }
  return next;
}

/** The window that an alert gets where nobody wrote one, by result. */
const ALERT_WINDOW: Record<string, string> = { lastSeen: '24h' };

/** Writes the window out, as alert rules need it: Grafana asks them with an interval of a second. */
export function forAlert(query: GinkgoQuery): GinkgoQuery {
  const { queryType, result, window } = read(query);
  if (queryType === 'logql' || !METRIC_RESULTS.includes(result) || window !== '') {
    return query;
  }
  return { ...query, window: ALERT_WINDOW[result] ?? '5m' };
}

/** Whether a query says all that it needs to be asked. */
export function isComplete(query: GinkgoQuery): boolean {
  const { queryType, result, measure, expr } = read(query);
  if (queryType === 'logql') {
    return expr.trim() !== '';
  }
  return result !== 'value' || measure !== undefined;
}

/** Loki's own words, which Grafana copies when somebody switches the data source. */
function isForeign(query: GinkgoQuery): boolean {
  return ['range', 'instant'].includes(text(query.queryType)) && text(query.expr).trim() !== '';
}

function queryType(name: string, expr: string): string {
  const hasExpr = expr.trim() !== '';
  if (name === '') {
    return hasExpr ? 'logql' : 'any';
  }
  return hasExpr && (name === 'range' || name === 'instant') ? 'logql' : name;
}

function written(key: keyof Question, value: unknown): unknown {
  if (key === 'limit') {
    const number = Number(value);
    return value === '' ? undefined : Number.isFinite(number) ? number : value;
  }
  // An empty list of groups says something; all else that is empty is the default.
  if (key === 'groupBy') {
    return value;
  }
  if (value === '' || value === false || (Array.isArray(value) && value.length === 0)) {
    return undefined;
  }
  if (isObject(value) && Object.keys(value).length === 0) {
    return undefined;
  }
  const isDefault = (key === 'result' && value === 'logs') || (key === 'direction' && value === 'backward');
  return isDefault ? undefined : value;
}

function set(query: GinkgoQuery, key: keyof Question, value: unknown) {
  const target = query as unknown as Record<string, unknown>;
  if (value === undefined) {
    delete target[key];
  } else {
    target[key] = value;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers and truths are their text, as for the backend. */
function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${value}`
    : '';
}

function texts(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) {
    return undefined;
  }
  return value.filter((entry) => ['string', 'number', 'boolean'].includes(typeof entry)).map(text);
}

function objects(value: unknown): Array<Record<string, unknown>> {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

// What a filter or a search has beside the keys that are known stays in it.
function filter(entry: Record<string, unknown>): Filter {
  return {
    ...entry,
    field: text(entry['field']),
    operator: text(entry['operator']),
    values: texts(entry['values']) ?? [],
  };
}

function search(entry: Record<string, unknown>): Search {
  return { ...entry, operator: text(entry['operator']) || 'contains', text: text(entry['text']) };
}

function measure(value: unknown): Measure | undefined {
  if (!isObject(value) || text(value['field']) === '') {
    return undefined;
  }
  return { ...value, field: text(value['field']), aggregation: text(value['aggregation']) || 'avg' };
}
