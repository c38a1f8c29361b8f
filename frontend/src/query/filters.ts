/** Filters that come from elsewhere: log details, text selections, a dashboard's ad hoc filters. */
import { AdHocVariableFilter, QueryFixAction, ToggleFilterAction } from '@grafana/data';

import { Filter, GinkgoQuery, Search } from '../types';
import { read } from './question';
import { valuesOf } from './words';

const OPPOSITE: Record<string, string> = { '=': '!=', '!=': '=', '=|': '!=|', '!=|': '=|' };

/** Whether a query has this very condition. */
export function hasFilter(query: GinkgoQuery, key: string, value: string, operator = '='): boolean {
  const many = `${operator}|`;
  return read(query).filters.some(
    (filter) =>
      filter.field === key &&
      (filter.operator === operator || filter.operator === many) &&
      filter.values.includes(value)
  );
}

/** Turns a filter of the log details on or off; the opposite one gives way. */
export function toggleFilter(query: GinkgoQuery, action: ToggleFilterAction): GinkgoQuery {
  const { key, value } = action.options;
  if (key === undefined || value === undefined || read(query).queryType === 'logql') {
    return query;
  }
  const operator = action.type === 'FILTER_FOR' ? '=' : '!=';
  const had = hasFilter(query, key, value, operator);
  const without = [operator, OPPOSITE[operator]!].reduce((q, o) => withoutFilter(q, key, value, o), query);
  return had ? without : withFilter(without, { field: key, operator, values: [value] });
}

/** Adds what Explore's menus ask for: a filter, or a text that was selected in a line. */
export function modify(query: GinkgoQuery, action: QueryFixAction): GinkgoQuery {
  const { key, value } = action.options ?? {};
  if (value === undefined || value === '' || read(query).queryType === 'logql') {
    return query;
  }
  switch (action.type) {
    case 'ADD_FILTER':
    case 'ADD_FILTER_OUT': {
      const operator = action.type === 'ADD_FILTER' ? '=' : '!=';
      if (key === undefined || hasFilter(query, key, value, operator)) {
        return query;
      }
      const rest = withoutFilter(query, key, value, OPPOSITE[operator]!);
      return withFilter(rest, { field: key, operator, values: [value] });
    }
    case 'ADD_STRING_FILTER':
      return withSearch(query, { operator: 'contains', text: value, caseSensitive: true });
    case 'ADD_STRING_FILTER_OUT':
      return withSearch(query, { operator: 'not contains', text: value, caseSensitive: true });
    default:
      return query;
  }
}

/** Adds a dashboard's ad hoc filters; a filter that is half written asks for nothing. */
export function withAdHocFilters(query: GinkgoQuery, adHoc: AdHocVariableFilter[]): GinkgoQuery {
  const added = adHoc.map(fromAdHoc).filter((filter) => filter !== undefined);
  return added.length === 0 ? query : { ...query, filters: [...listed(query.filters), ...added] };
}

/** Reads one ad hoc filter; Grafana has "one of" as an operator with a list beside the value. */
export function fromAdHoc({ key, operator, value, values }: AdHocVariableFilter): Filter | undefined {
  if (key === '' || operator === '') {
    return undefined;
  }
  const all = valuesOf(operator) === 'many' ? (values?.length ? values : [value]) : [value];
  const given = all.filter((text) => text !== '' && text !== undefined);
  if (given.length > 0) {
    return { field: key, operator, values: given };
  }
  // An empty value is a question for lines without the field, or with it.
  if (operator === '=' || operator === '!=') {
    return { field: key, operator: operator === '=' ? 'missing' : 'exists', values: [] };
  }
  return undefined;
}

function withFilter(query: GinkgoQuery, filter: Filter): GinkgoQuery {
  return { ...query, filters: [...listed(query.filters), filter] };
}

function withoutFilter(query: GinkgoQuery, key: string, value: string, operator: string): GinkgoQuery {
  const filters = listed(query.filters).flatMap((filter): Filter[] => {
    const isIt = filter.field === key && (filter.operator === operator || filter.operator === `${operator}|`);
    if (!isIt || !filter.values?.includes(value)) {
      return [filter];
    }
    const values = filter.values.filter((other) => other !== value);
    return values.length === 0 ? [] : [{ ...filter, values }];
  });
  const next = { ...query, filters };
  if (filters.length === 0) {
    delete (next as GinkgoQuery).filters;
  }
  return next;
}

function withSearch(query: GinkgoQuery, search: Search): GinkgoQuery {
  const there = read(query).search.some(
    ({ operator, text }) => operator === search.operator && text === search.text
  );
  return there ? query : { ...query, search: [...listed(query.search), search] };
}

/** What stands where a list belongs may be anything in a query that somebody else wrote. */
function listed<Entry>(value: Entry[] | undefined): Entry[] {
  return Array.isArray(value) ? value : [];
}
