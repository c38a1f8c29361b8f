import { ToggleFilterAction } from '@grafana/data';

import { GinkgoQuery } from '../types';
import { fromAdHoc, hasFilter, modify, toggleFilter } from './filters';

const query = (more: Partial<GinkgoQuery> = {}): GinkgoQuery => ({ refId: 'A', queryType: 'any', ...more });
const toggle = (from: GinkgoQuery, type: ToggleFilterAction['type'], value = 'ORDERFILLED') =>
  toggleFilter(from, { type, options: { key: 'event_type', value } });

test('a field inside the lines: for, out, and off again', () => {
  const only = toggle(query(), 'FILTER_FOR');
  expect(only.filters).toEqual([{ field: 'event_type', operator: '=', values: ['ORDERFILLED'] }]);
  expect(hasFilter(only, 'event_type', 'ORDERFILLED')).toBe(true);
  const out = toggle(only, 'FILTER_OUT');
  expect(out.filters).toEqual([{ field: 'event_type', operator: '!=', values: ['ORDERFILLED'] }]);
  expect(hasFilter(out, 'event_type', 'ORDERFILLED')).toBe(false);
  expect(toggle(out, 'FILTER_OUT')).toEqual(query());
});

test('one of several values leaves the others', () => {
  const filters = [{ field: 'event_type', operator: '=|', values: ['ORDERFILLED', 'RISKBREACH'] }];
  expect(hasFilter(query({ filters }), 'event_type', 'RISKBREACH')).toBe(true);
  const less = toggle(query({ filters }), 'FILTER_FOR');
  expect(less.filters).toEqual([{ field: 'event_type', operator: '=|', values: ['RISKBREACH'] }]);
});

test('selected text becomes a search, once', () => {
  const action = { type: 'ADD_STRING_FILTER', options: { value: 'time "out' } };
  const found = modify(query(), action);
  expect(found.search).toEqual([{ operator: 'contains', text: 'time "out', caseSensitive: true }]);
  expect(modify(found, action)).toBe(found);
  const out = modify(found, { ...action, type: 'ADD_STRING_FILTER_OUT' });
  expect(out.search?.[1]?.operator).toBe('not contains');
});

test("Explore's menu adds filters and takes the opposite away", () => {
  const options = { key: 'symbol', value: 'BTC/USDT' };
  const only = modify(query(), { type: 'ADD_FILTER', options });
  const out = modify(only, { type: 'ADD_FILTER_OUT', options });
  expect(out.filters).toEqual([{ field: 'symbol', operator: '!=', values: ['BTC/USDT'] }]);
  expect(modify(out, { type: 'SOMETHING', options })).toBe(out);
});

test('LogQL that a person wrote is left alone', () => {
  const logql = query({ queryType: 'logql', expr: '{a="b"}' });
  expect(toggle(logql, 'FILTER_FOR')).toBe(logql);
  expect(modify(logql, { type: 'ADD_STRING_FILTER', options: { value: 'x' } })).toBe(logql);
});

test('ad hoc filters', () => {
  expect(fromAdHoc({ key: 'a', operator: '=|', value: '', values: [] })).toBeUndefined();
  expect(fromAdHoc({ key: 'a', operator: '=|', value: 'x' })?.values).toEqual(['x']);
  expect(fromAdHoc({ key: 'a', operator: '!=', value: '' })?.operator).toBe('exists');
  expect(fromAdHoc({ key: 'a', operator: '>', value: '5' })).toEqual({
    field: 'a',
    operator: '>',
    values: ['5'],
  });
});
