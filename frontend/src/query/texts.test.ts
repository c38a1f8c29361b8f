import { roomFor } from '../components/controls/options';
import { errorAt, placeOf } from './errors';
import { isDuration, isFilterComplete, isLimit, problemOf, withOperator } from './drafts';
import { sentence } from './sentence';
import { starts } from './starts';
import { operatorsFor } from './words';

describe('a query as a sentence', () => {
  test.each([
    [{}, 'Log lines of everything'],
    [{ queryType: 'portfolio' }, 'Log lines of all portfolios'],
    [
      { queryType: 'portfolio', ids: ['p1'], result: 'errorRate', groupBy: ['strategy_id'], window: '5m' },
      'Error rate of portfolio p1 by strategy_id, over 5m',
    ],
    [
      {
        queryType: 'strategy',
        ids: ['a', 'b', 'c', 'd', 'e'],
        system: 'trading',
        filters: [
          { field: 'level', operator: '>=', values: ['warning'] },
          { field: 'symbol', operator: 'exists', values: [] },
        ],
        search: [{ operator: 'contains', text: 'timeout' }],
      },
      'Log lines of strategies a, b, c and 2 more in trading, where level is at least warning and symbol is there and the line contains “timeout”',
    ],
    [
      { result: 'value', measure: { field: 'duration_ms', aggregation: 'p95' }, delay: '30s' },
      '95th percentile of duration_ms of everything, 30s late',
    ],
    [{ result: 'table', columns: ['symbol'] }, 'Table (symbol) of everything'],
    [{ result: 'events', events: { start: ['ENGINESTART'] } }, 'Periods from ENGINESTART of everything'],
    [{ expr: '{a="b"}' }, '{a="b"}'],
    [{ queryType: 'desk', result: 'graph' }, 'graph of desk'],
  ])('%j', (query, expected) => {
    expect(sentence({ refId: 'A', ...query })).toBe(expected);
  });
});

test("the backend's errors stand at the control that they name", () => {
  expect(placeOf('filters[0].values[1] "abc" is no value of field "status_code"')).toEqual({
    key: 'filters',
    index: 0,
    part: 'values',
  });
  expect(placeOf('limit 0 is not valid: use a whole number')).toEqual({ key: 'limit' });
  expect(placeOf('queryType "portfolio" needs a field')).toEqual({ key: 'queryType' });
  expect(placeOf('loki is busy: 429')).toBeUndefined();
  expect(placeOf(undefined)).toBeUndefined();
  const message = 'filters[1].field is missing: name a field';
  expect(errorAt(message, 'filters', 1)).toBe(message);
  expect(errorAt(message, 'filters', 0)).toBeUndefined();
  expect(errorAt(message, 'search')).toBeUndefined();
});

test('half-written conditions are not written', () => {
  const filter = { field: 'status_code', operator: '=', values: ['abc'] };
  expect(isFilterComplete(filter)).toBe(true);
  expect(isFilterComplete(filter, 'number')).toBe(false);
  expect(problemOf('number', 'abc')).toBe('“abc” is not a number');
  expect(isFilterComplete({ ...filter, values: ['$code'] }, 'number')).toBe(true);
  expect(isFilterComplete({ ...filter, values: [] })).toBe(false);
  expect(isFilterComplete({ ...filter, operator: 'missing', values: [] })).toBe(true);
  expect(isFilterComplete({ ...filter, operator: '~' })).toBe(false);
  expect(withOperator({ field: 'a', operator: '=|', values: ['x', 'y'] }, '=').values).toEqual(['x']);
});

test('durations and limits', () => {
  expect(['', '5m', '1h30m', '$__interval', '${w}'].every(isDuration)).toBe(true);
  expect(['5', 'soon', '5 m', '$', '[[', '0s', '400d'].some(isDuration)).toBe(false);
  expect(['', '1', '100000', '$lines'].every(isLimit)).toBe(true);
  expect(['0', '-1', '1.5', '100001', 'x'].some(isLimit)).toBe(false);
});

test('operators go by type', () => {
  const words = (type: string) => operatorsFor(type).map(({ value }) => value);
  expect(words('number')).toContain('>');
  expect(words('number')).not.toContain('=~');
  expect(words('string')).not.toContain('>');
  expect(operatorsFor(undefined)).toEqual(operatorsFor('string'));
});

test('where to start: only questions that the system has fields for', () => {
  const of = (roles: Record<string, string>) =>
    starts(roles).map(({ query }) => sentence({ refId: 'A', ...query }));
  expect(of({ level: 'severity', portfolio: 'desk', duration: 'took' })).toEqual([
    'Top errors of everything',
    'Log lines of everything, where severity is at least warning',
    'Error rate of all portfolios by desk',
    '95th percentile of took of everything',
    'Log lines of everything',
  ]);
  expect(of({})).toEqual(['Top errors of everything', 'Log lines of everything']);
  expect(starts()).toHaveLength(6);
});

test('a list is as wide as what is chosen in it, within bounds', () => {
  expect(roomFor([], 30)).toBe(30);
  const two = roomFor(['ORDERFILLED', 'ORDERREJECTED'], 30);
  expect(two).toBeGreaterThan(30);
  expect(roomFor(Array(9).fill('e452f11e-fbf1-4b25-9030-84de91480284'), 30)).toBe(60);
  expect(two).toBeLessThan(60);
});
