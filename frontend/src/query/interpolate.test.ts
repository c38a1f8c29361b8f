import { templates } from '../../test/templates';
import { GinkgoQuery } from '../types';
import { interpolate } from './interpolate';

const service = templates({
  one: { value: 'p-1' },
  several: { value: ['p-1', 'p.2'] },
  all: { value: ['$__all'], options: ['p-1', 'p-2'] },
  custom: { value: '$__all', options: ['p-1'], allValue: '.*' },
  none: { value: '' },
  typed: { value: 'a.*', type: 'textbox' },
  nasty: { value: 'a"b\\c.d' },
  many: { value: '$__all', options: Array.from({ length: 300 }, (_, i) => `v${i}`) },
  desk: { value: 'symbol' },
});

const run = (query: Partial<GinkgoQuery>, scopedVars = {}) =>
  interpolate({ refId: 'A', ...query }, service, scopedVars);

describe('ids', () => {
  test.each([
    ['one value', ['$one'], ['p-1']],
    ['several values', ['$several'], ['p-1', 'p.2']],
    ['several values beside others, once each', ['p-1', '${several}'], ['p-1', 'p.2']],
    ['inside a text', ['x-$several-y'], ['x-p-1-y', 'x-p.2-y']],
    ['All asks for all', ['x', '$all'], []],
    ['All with a value of its own', ['$custom'], []],
    ['a variable without a value finds nothing, not everything', ['$none'], ['$none']],
    ['one that nobody knows', ['$unknown'], ['$unknown']],
    ['old notation', ['[[several]]'], ['p-1', 'p.2']],
    ["somebody's own format", ['${several:csv}'], ['p-1,p.2']],
  ])('%s', (_, ids, expected) => {
    expect(run({ queryType: 'portfolio', ids }).ids).toEqual(expected);
  });

  test('repeated panels have their own value', () => {
    expect(run({ ids: ['$all'] }, { all: { text: 'p-2', value: 'p-2' } }).ids).toEqual(['p-2']);
    expect(run({ ids: ['$one'] }, { one: { text: 'All', value: '$__all' } }).ids).toEqual([]);
  });
});

describe('filters', () => {
  const filter = (operator: string, ...values: string[]) =>
    run({ filters: [{ field: 'f', operator, values }] }).filters;
  test.each([
    ['is, one value', '=', ['$one'], { operator: '=', values: ['p-1'] }],
    ['is, several values', '=', ['$several'], { operator: '=|', values: ['p-1', 'p.2'] }],
    ['is not, several values', '!=', ['$several'], { operator: '!=|', values: ['p-1', 'p.2'] }],
    ['one of', '=|', ['$several', 'x'], { operator: '=|', values: ['p-1', 'p.2', 'x'] }],
    [
      'a regular expression takes values literally',
      '=~',
      ['$several.*'],
      { operator: '=~', values: ['(?:p-1|p\\.2).*'] },
    ],
    ['a text box holds a regular expression', '=~', ['$typed'], { operator: '=~', values: ['a.*'] }],
    ['nothing to replace', '=~', ['a.*'], { operator: '=~', values: ['a.*'] }],
    ['no value', '=', ['$none'], { operator: '=', values: ['$none'] }],
    ['no value in a regular expression', '=~', ['$none'], { operator: '=~', values: ['\\$none'] }],
  ])('%s', (_, operator, values, expected) => {
    expect(filter(operator, ...values)).toEqual([{ field: 'f', ...expected }]);
  });

  test('All removes the filter', () => {
    for (const operator of ['=', '=|', '=~', '!=']) {
      expect(filter(operator, '$all')).toEqual([]);
    }
  });

  test('the name of the field', () => {
    expect(run({ filters: [{ field: '$desk', operator: 'exists', values: [] }] }).filters?.[0]?.field).toBe(
      'symbol'
    );
  });
});

describe('search', () => {
  const search = (operator: string, text: string) => run({ search: [{ operator, text }] }).search;
  test.each([
    ['one value', 'contains', 'id=$one', [{ operator: 'contains', text: 'id=p-1' }]],
    ['any of several', 'contains', '$several', [{ operator: 'matches', text: '(?:p-1|p\\.2)' }]],
    ['none of several', 'not contains', '$several', [{ operator: 'not matches', text: '(?:p-1|p\\.2)' }]],
    ['in a regular expression', 'matches', '$nasty$', [{ operator: 'matches', text: 'a"b\\\\c\\.d$' }]],
    ['All', 'contains', '$all', []],
    ['no value asks for nothing', 'contains', '$none', []],
    ['a dollar is no variable', 'matches', 'end$', [{ operator: 'matches', text: 'end$' }]],
  ])('%s', (_, operator, text, expected) => {
    expect(search(operator, text)).toEqual(expected);
  });
});

describe('LogQL that a person wrote', () => {
  test.each([
    ['exact, escaped', '{job="$nasty"}', '{job="a\\"b\\\\c.d"}'],
    ['regular expression, literal', '{job=~"$several"}', '{job=~"(?:p-1|p\\\\.2)"}'],
    ['regular expression of a text box', '{job=~"$typed"}', '{job=~"a.*"}'],
    ['line filter', '{a="b"} |~ `x $several`', '{a="b"} |~ `x (?:p-1|p\\.2)`'],
    ['All of many', '{job=~"$many"}', '{job=~".+"}'],
    ['All with a value of its own', '{job=~"$custom"}', '{job=~".*"}'],
    ['outside of quotes, as it is', 'rate({a="b"}[$one])', 'rate({a="b"}[p-1])'],
    ['macros are the backend’s', 'rate({a="$one"}[$__interval])', 'rate({a="p-1"}[$__interval])'],
    ['quotes in comments are none', '{a="b"} # don"t\n|= "$nasty"', '{a="b"} # don"t\n|= "a\\"b\\\\c.d"'],
  ])('%s', (_, expr, expected) => {
    const scoped = { __interval: { text: '1m', value: '1m' } };
    expect(run({ queryType: 'logql', expr }, scoped).expr).toBe(expected);
  });
});

test('all other places', () => {
  const query = run({
    system: '$one',
    window: '$__interval',
    limit: '$one',
    columns: ['$several', 'x'],
    groupBy: ['$desk'],
    measure: { field: '$desk', aggregation: 'avg' },
    legendFormat: '$one {{symbol}}',
    events: { title: '$one', start: ['$several'] },
  });
  expect(query).toMatchObject({
    system: 'p-1',
    window: '$__interval',
    limit: 'p-1',
    columns: ['p-1', 'p.2', 'x'],
    groupBy: ['symbol'],
    measure: { field: 'symbol' },
    legendFormat: 'p-1 {{symbol}}',
    events: { title: 'p-1', start: ['p-1', 'p.2'] },
  });
});

test('what is no text stays, for the backend to name it', () => {
  const strange = { ids: [7, null], filters: [null, { field: 3, values: 'x' }], search: 'x', measure: 5 };
  const query = run(strange as unknown as Partial<GinkgoQuery>);
  expect(query).toMatchObject(strange);
});

test('ad hoc filters are added, except to LogQL that a person wrote', () => {
  const adHoc = [
    { key: 'symbol', operator: '=|', value: 'a', values: ['a', 'b'] },
    { key: 'desk', operator: '=', value: '' },
    { key: '', operator: '=', value: 'x' },
  ];
  const filters = [{ field: 'level', operator: '=', values: ['error'] }];
  const business = interpolate({ refId: 'A', filters }, service, {}, adHoc);
  expect(business.filters).toEqual([
    ...filters,
    { field: 'symbol', operator: '=|', values: ['a', 'b'] },
    { field: 'desk', operator: 'missing', values: [] },
  ]);
  expect(interpolate({ refId: 'A', expr: '{a="b"}' }, service, {}, adHoc)).not.toHaveProperty('filters');
});
