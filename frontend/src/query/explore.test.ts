import { get } from 'lodash';
import {
  AbstractLabelOperator,
  createDataFrame,
  FieldType,
  LogRowContextQueryDirection,
  LogRowModel,
  SupplementaryQueryType,
} from '@grafana/data';

import { SystemInfo } from '../api/resources';
import { GinkgoQuery } from '../types';
import { fromAbstract, toAbstract } from './abstract';
import { contextQuery, widths } from './context';
import { labelGroup } from './labels';
import { linksByField, ownLink, withLinks } from './links';
import { supplementary } from './supplementary';
import { isOf, matchersOf, roleField, systemName } from './systems';
import { utcOffsetSec } from './timezone';

const system: SystemInfo = {
  name: 'ginkgo',
  selector: '{job="ginkgo"}',
  format: 'json',
  roles: { portfolio: 'portfolio_id', trace: 'trace_id', level: 'level' },
  errorLevels: ['error'],
  hasStreams: true,
};

const logs = createDataFrame({
  refId: 'A',
  fields: [
    { name: 'timestamp', type: FieldType.time, values: [1000, 2000] },
    { name: 'body', type: FieldType.string, values: ['a', 'b'] },
    { name: 'id', type: FieldType.string, values: ['r1', 'r2'] },
    {
      name: 'labels',
      type: FieldType.other,
      values: [
        { job: 'ginkgo', trace_id: 't1', pod: 'x' },
        { job: 'ginkgo', pod: 'x' },
      ],
    },
    {
      name: 'labelTypes',
      type: FieldType.other,
      values: [
        { job: 'I', trace_id: 'P', pod: 'S' },
        { job: 'I', pod: 'S' },
      ],
    },
  ],
});
const row = (rowIndex: number) =>
  ({
    dataFrame: logs,
    rowIndex,
    timeEpochMs: 1000 * (rowIndex + 1),
    uid: `A_r${rowIndex + 1}`,
  }) as LogRowModel;

describe('supplementary queries', () => {
  const query: GinkgoQuery = {
    refId: 'A',
    queryType: 'portfolio',
    ids: ['p'],
    columns: ['x'],
    limit: 5,
    step: '1h',
  };

  test('the volume counts the same lines by level', () => {
    const volume = supplementary({ type: SupplementaryQueryType.LogsVolume }, query, 'severity');
    expect(volume).toEqual({
      refId: 'log-volume-A',
      queryType: 'portfolio',
      ids: ['p'],
      result: 'count',
      groupBy: ['severity'],
      legendFormat: '',
    });
  });

  test('the sample shows the lines behind a number', () => {
    const metric = { ...query, result: 'errorRate', groupBy: ['strategy_id'] };
    const sample = supplementary({ type: SupplementaryQueryType.LogsSample, limit: 50 }, metric, 'level');
    expect(sample).toEqual({
      refId: 'log-sample-A',
      queryType: 'portfolio',
      ids: ['p'],
      result: 'logs',
      limit: 50,
    });
  });

  test('there is none where there is nothing of the kind', () => {
    const volume = (more: Partial<GinkgoQuery>) =>
      supplementary({ type: SupplementaryQueryType.LogsVolume }, { ...query, ...more }, 'level');
    expect(volume({ result: 'count' })).toBeUndefined();
    expect(volume({ hide: true })).toBeUndefined();
    expect(volume({ queryType: 'logql', expr: '{a="b"}' })).toBeUndefined();
    expect(supplementary({ type: SupplementaryQueryType.LogsSample }, query, 'level')).toBeUndefined();
  });
});

describe('context', () => {
  test('the own stream, strictly before, with the same millisecond', () => {
    const { query, range } = contextQuery(row(1), 'ginkgo', { kind: 'stream' }, { limit: 10 });
    expect(query).toMatchObject({
      queryType: 'any',
      system: 'ginkgo',
      stream: { job: 'ginkgo' },
      direction: 'backward',
      before: 'r2',
      limit: 10,
    });
    expect(range.to.valueOf()).toBe(2001);
  });

  test('widened to the trace, strictly after', () => {
    const options = { direction: LogRowContextQueryDirection.Forward, timeWindowMs: 5000 };
    const { query, range } = contextQuery(row(0), 'ginkgo', { kind: 'trace', id: 't1' }, options);
    expect(query).toMatchObject({ queryType: 'trace', ids: ['t1'], direction: 'forward', after: 'r1' });
    expect(query).not.toHaveProperty('stream');
    expect([range.from.valueOf(), range.to.valueOf()]).toEqual([1000, 6000]);
  });

  test('only what the line has an id for', () => {
    const fieldOf = (role: string) => roleField('ginkgo', role, {});
    expect(widths(row(0), fieldOf)).toEqual([{ kind: 'stream' }, { kind: 'trace', id: 't1' }]);
    expect(widths(row(1), fieldOf)).toEqual([{ kind: 'stream' }]);
  });
});

test('labels are grouped by where they come from', () => {
  expect(labelGroup('job', logs, 0)).toBe('Stream labels');
  expect(labelGroup('pod', logs, 0)).toBe('Structured metadata');
  expect(labelGroup('trace_id', logs, 0)).toBe('Fields in the line');
  expect(labelGroup('trace_id', logs, 1)).toBeNull();
  expect(labelGroup('job', undefined, 0)).toBeNull();
});

describe('links', () => {
  const find = (uid: string) => (uid === 'tempo' ? { uid, name: 'Tempo', type: 'tempo' } : undefined);
  const links = linksByField(
    [
      { field: 'trace_id', title: 'Trace', datasourceUid: 'tempo' },
      { field: 'portfolio_id', url: '/d/portfolio?var-portfolio=${__value.raw}' },
      { field: 'symbol', datasourceUid: 'gone' },
    ],
    find
  );

  test('a label of a log line becomes a field with the link', () => {
    const frame = withLinks(logs, links);
    const field = frame.fields.find(({ name }) => name === 'trace_id');
    expect(field?.values).toEqual(['t1', null]);
    expect(field?.config.links?.[0]).toMatchObject({
      title: 'Trace',
      internal: { datasourceUid: 'tempo', query: { queryType: 'traceql', query: '${__value.raw}' } },
    });
    expect(frame.fields.some(({ name }) => name === 'portfolio_id')).toBe(false);
  });

  test('a column of a table', () => {
    const table = createDataFrame({ fields: [{ name: 'portfolio_id', values: ['p1'] }] });
    const field = withLinks(table, links).fields[0];
    expect(field?.config.links).toEqual([
      { title: 'portfolio_id', url: '/d/portfolio?var-portfolio=${__value.raw}', targetBlank: true },
    ]);
  });

  test('a number takes the value of its group', () => {
    const metric = createDataFrame({
      fields: [
        { name: 'time', type: FieldType.time, values: [1] },
        { name: 'count', type: FieldType.number, values: [1], labels: { portfolio_id: 'p1', trace_id: 't' } },
      ],
    });
    const made = withLinks(metric, links).fields[1]?.config.links;
    expect(made?.map(({ url }) => url)).toContain(
      '/d/portfolio?var-portfolio=${__field.labels.portfolio_id}'
    );
    expect(made?.[1]?.internal?.query ?? made?.[0]?.internal?.query).toMatchObject({
      query: '${__field.labels.trace_id}',
    });
  });

  // What lodash makes of the path is what Grafana makes of it.
  test.each(['order.id', '["a.b","c"]', "it's", 'a\\b', 'a]b', '$&', '订单'])('a group called %s', (name) => {
    const metric = createDataFrame({
      fields: [{ name: 'count', type: FieldType.number, values: [1], labels: { [name]: 'v' } }],
    });
    const query = { expr: '${__value.raw}', deep: [{ ids: ['${__value.raw}'] }], limit: 5 };
    const settings = [
      { field: name, url: '/d/x?v=${__value.raw}' },
      { field: name, datasourceUid: 'tempo', query },
    ];
    const [address, internal] = withLinks(metric, linksByField(settings, find)).fields[0]?.config.links ?? [];
    const path = /^\/d\/x\?v=\$\{__field\.([^:^}]+)\}$/.exec(address?.url ?? '')?.[1] ?? '';
    expect(get({ labels: { [name]: 'v' } }, path)).toBe('v');
    const macro = '${__field.' + path + '}';
    expect(internal?.internal?.query).toEqual({ expr: macro, deep: [{ ids: [macro] }], limit: 5 });
  });

  test('a group whose name has no spelling in a link gets none, and the panel is drawn', () => {
    const metric = createDataFrame({
      fields: [{ name: 'count', type: FieldType.number, values: [1], labels: { 'a:b}': 'v' } }],
    });
    const made = withLinks(metric, linksByField([{ field: 'a:b}', url: '/d/x?v=${__value.raw}' }], find));
    expect(made.fields[0]?.config.links).toBeUndefined();
  });

  test('from a trace id to its lines in the same data source', () => {
    const link = ownLink({ uid: 'g', name: 'Ginkgo', type: 'x' }, 'Lines', { queryType: 'trace' });
    expect(link.internal?.query).toEqual({ queryType: 'trace', ids: ['${__value.raw}'] });
  });
});

describe("other data sources' queries", () => {
  const matcher = (name: string, value: string, operator = AbstractLabelOperator.Equal) => ({
    name,
    value,
    operator,
  });

  test('the selector names the system, an id the query type', () => {
    const abstract = {
      refId: 'A',
      labelMatchers: [
        matcher('job', 'ginkgo'),
        matcher('portfolio_id', 'p1'),
        matcher('symbol', 'BTC.*', AbstractLabelOperator.EqualRegEx),
        matcher('desk', '', AbstractLabelOperator.NotEqual),
      ],
    };
    expect(fromAbstract(abstract, [system])).toEqual({
      refId: 'A',
      queryType: 'portfolio',
      system: 'ginkgo',
      ids: ['p1'],
      filters: [
        { field: 'symbol', operator: '=~', values: ['BTC.*'] },
        { field: 'desk', operator: 'exists', values: [] },
      ],
    });
    const foreign = fromAbstract({ refId: 'B', labelMatchers: [matcher('app', 'x')] }, []);
    expect(foreign).toEqual({
      refId: 'B',
      queryType: 'any',
      filters: [{ field: 'app', operator: '=', values: ['x'] }],
    });
  });

  test('ids and filters go out as label matchers, except what is only inside the lines', () => {
    const query: GinkgoQuery = {
      refId: 'A',
      queryType: 'portfolio',
      ids: ['p1', 'p.2'],
      filters: [
        { field: 'symbol', operator: '=', values: ['x'] },
        { field: 'price', operator: '>', values: ['5'] },
        { field: 'container', operator: '!=|', values: ['a'] },
      ],
    };
    const { labelMatchers } = toAbstract(query, system, (field) => field !== 'symbol');
    expect(labelMatchers).toEqual([
      matcher('job', 'ginkgo'),
      matcher('portfolio_id', 'p1|p\\.2', AbstractLabelOperator.EqualRegEx),
      matcher('container', 'a', AbstractLabelOperator.NotEqual),
    ]);
  });
});

describe('systems', () => {
  const options = {
    systems: [
      {
        name: 'trading',
        preset: 'ginkgo',
        fields: [
          { name: 'portfolio_id', role: '' },
          { name: 'book', role: 'portfolio' },
        ],
      },
      { preset: 'tskv' },
      { name: 'own', selector: '{a="b"}', fields: [{ name: 'severity', role: 'level' }] },
    ],
  };

  test('names and roles as settings and presets say them', () => {
    expect(systemName(undefined, {})).toBe('ginkgo');
    expect(systemName(undefined, options)).toBe('trading');
    expect(systemName(undefined, { ...options, defaultSystem: 'own' })).toBe('own');
    expect(roleField('ginkgo', 'run', {})).toBe('task_id');
    expect(roleField('trading', 'portfolio', options)).toBe('book');
    expect(roleField('trading', 'trace', options)).toBe('trace_id');
    expect(roleField('own', 'level', options)).toBe('severity');
    expect(roleField('own', 'trace', options)).toBeUndefined();
    expect(roleField('tskv', 'portfolio', options)).toBeUndefined();
  });

  test('selectors', () => {
    const selector = '{job="a\\"b", env=~"p.*",x!="y"}';
    expect(matchersOf(selector)[0]).toEqual({ name: 'job', operator: '=', value: 'a"b' });
    expect(isOf({ job: 'a"b', env: 'prod' }, selector)).toBe(true);
    expect(isOf({ job: 'a"b', env: 'dev' }, selector)).toBe(false);
    expect(isOf({ job: 'a"b', env: 'prod', x: 'y' }, selector)).toBe(false);
  });
});

test('the offset of a time zone', () => {
  expect(utcOffsetSec('Asia/Shanghai', 0)).toBe(28800);
  expect(utcOffsetSec('utc', 0)).toBe(0);
});
