import {
  AbstractLabelOperator,
  CoreApp,
  createDataFrame,
  DataFrame,
  DataQueryRequest,
  dateTime,
  FieldType,
  LogRowContextQueryDirection,
  LogRowModel,
  ScopedVars,
  SupplementaryQueryType,
} from '@grafana/data';
import { setDataSourceSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';

import { backend, datasource } from '../test/fakes';
import { GinkgoOptions, GinkgoQuery, GinkgoVariableQuery } from './types';

const range = { from: dateTime(1_000_000), to: dateTime(4_600_000) };
const request = (targets: GinkgoQuery[], more: Partial<DataQueryRequest<GinkgoQuery>> = {}) =>
  ({
    requestId: 'Q1',
    app: CoreApp.Dashboard,
    interval: '30s',
    intervalMs: 30_000,
    maxDataPoints: 100,
    range: { ...range, raw: range },
    scopedVars: {} as ScopedVars,
    timezone: 'utc',
    startTime: 0,
    targets,
    ...more,
  }) as DataQueryRequest<GinkgoQuery>;

/** What Grafana's own endpoint answers: frames of a refId, as JSON. */
const answer = (refId: string, frame: Partial<DataFrame>) => ({
  results: {
    [refId]: {
      frames: [
        {
          schema: {
            refId,
            fields: frame.fields?.map(({ name, type, labels }) => ({
              name,
              type: type === FieldType.other ? 'other' : type,
              typeInfo: { frame: type === FieldType.time ? 'time.Time' : 'string' },
              labels,
            })),
          },
          data: { values: frame.fields?.map(({ values }) => values) },
        },
      ],
    },
  },
});
const lines = createDataFrame({
  refId: 'A',
  fields: [
    { name: 'timestamp', type: FieldType.time, values: [1_000_000] },
    { name: 'body', type: FieldType.string, values: ['{"ginkgo":{"portfolio_id":"p1"}}'] },
    { name: 'id', type: FieldType.string, values: ['r1'] },
    {
      name: 'labels',
      type: FieldType.other,
      values: [{ job: 'ginkgo', trace_id: 't1', portfolio_id: 'p1' }],
    },
    { name: 'labelTypes', type: FieldType.other, values: [{ job: 'I', trace_id: 'P', portfolio_id: 'P' }] },
  ],
});
const sent = (asked: ReturnType<typeof backend>) =>
  asked.filter(({ path }) => path === 'query').flatMap(({ body }) => body['queries'] as GinkgoQuery[]);
const run = async (options: GinkgoOptions, asked: DataQueryRequest<GinkgoQuery>) =>
  (await lastValueFrom(datasource(options).query(asked))).data as DataFrame[];

test('queries go out with variables, ad hoc filters and the offset of the time zone', async () => {
  const asked = backend({ query: () => answer('A', lines) }, { pf: { value: ['p1', 'p2'] } });
  const query = { refId: 'A', queryType: 'portfolio', ids: ['$pf'] };
  const filters = [{ key: 'event_type', operator: '=', value: 'RISKBREACH' }];
  await run({}, request([query], { timezone: 'Asia/Shanghai', filters }));
  expect(sent(asked)[0]).toMatchObject({
    ids: ['p1', 'p2'],
    filters: [{ field: 'event_type', operator: '=', values: ['RISKBREACH'] }],
    utcOffsetSec: 28800,
  });
});

test('what asks for nothing yet is not sent', () => {
  const source = datasource();
  expect(source.filterQuery({ refId: 'A' })).toBe(false);
  expect(source.filterQuery({ refId: 'A', queryType: 'logql' })).toBe(false);
  expect(source.filterQuery({ refId: 'A', queryType: 'any', hide: true })).toBe(false);
  expect(source.filterQuery({ refId: 'A', queryType: 'any' })).toBe(true);
});

test('defaults: nothing in Explore, a window in alert rules', () => {
  const source = datasource();
  expect(source.getDefaultQuery(CoreApp.Explore)).toEqual({});
  expect(source.getDefaultQuery(CoreApp.UnifiedAlerting)).toMatchObject({
    result: 'errorCount',
    window: '5m',
  });
  expect(source.getDefaultQuery(CoreApp.Dashboard)).toEqual({ queryType: 'any' });
});

test('a trace id inside the lines links to its trace, a portfolio where the settings say', async () => {
  setDataSourceSrv({ getInstanceSettings: () => undefined } as unknown as Parameters<
    typeof setDataSourceSrv
  >[0]);
  backend({ query: () => answer('A', lines) });
  const links = [{ field: 'portfolio_id', title: 'Dashboard', url: '/d/pf?var-pf=${__value.raw}' }];
  const [frame] = await run({ links }, request([{ refId: 'A', queryType: 'any' }]));
  const link = (name: string) => frame?.fields.find((field) => field.name === name)?.config.links?.[0];
  expect(link('trace_id')?.internal).toMatchObject({
    datasourceUid: 'gk',
    query: { queryType: 'trace', ids: ['${__value.raw}'] },
  });
  expect(link('portfolio_id')?.url).toContain('var-pf=');
});

test('the volume is by level, under the name that Grafana knows', async () => {
  const options = {
    systems: [{ name: 'own', selector: '{a="b"}', fields: [{ name: 'severity', role: 'level' }] }],
  };
  const source = datasource(options);
  const volume = source.getSupplementaryRequest(
    SupplementaryQueryType.LogsVolume,
    request([{ refId: 'A', queryType: 'any' }])
  );
  expect(volume?.targets[0]).toMatchObject({ refId: 'log-volume-A', result: 'count', groupBy: ['severity'] });
  const counts = {
    fields: [
      { name: 'time', type: FieldType.time, values: [1], config: {} },
      { name: 'count', type: FieldType.number, values: [2], labels: { severity: 'error' }, config: {} },
    ],
  };
  backend({ query: () => answer('log-volume-A', counts) });
  const [frame] = await run(options, volume!);
  expect(frame?.fields[1]?.labels).toEqual({ level: 'error' });
});

test('only LogQL of one’s own has its volume drawn from the rows', () => {
  const source = datasource();
  expect(source.getSupportedSupplementaryQueryTypes(request([{ refId: 'A', expr: '{a="b"}' }]))).toEqual([]);
  expect(
    source.getSupportedSupplementaryQueryTypes(request([{ refId: 'A', queryType: 'any' }]))
  ).toHaveLength(2);
});

describe('context', () => {
  const row = { dataFrame: lines, rowIndex: 0, timeEpochMs: 1_000_000, uid: 'A_r1' } as LogRowModel;

  test('the rows before and after in the own stream', async () => {
    const asked = backend({ query: () => ({ results: {} }) });
    await datasource().getLogRowContext(row, { direction: LogRowContextQueryDirection.Forward, limit: 10 });
    expect(sent(asked)[0]).toMatchObject({
      queryType: 'any',
      system: 'ginkgo',
      stream: { job: 'ginkgo' },
      after: 'r1',
      direction: 'forward',
      limit: 10,
    });
  });

  test("a line of somebody's own LogQL is of the system that has its stream", async () => {
    const asked = backend({ query: () => ({ results: {} }) });
    const fastapi = createDataFrame({
      fields: lines.fields.map((field) =>
        field.name === 'labels' ? { ...field, values: [{ job: 'fastapi' }] } : field
      ),
    });
    await datasource().getLogRowContext(
      { ...row, dataFrame: fastapi },
      {},
      { refId: 'A', expr: '{job="fastapi"}' }
    );
    expect(sent(asked)[0]).toMatchObject({ system: 'fastapi', stream: { job: 'fastapi' } });
  });

  test('as a query of its own, without the row that it began at', async () => {
    backend();
    const query = await datasource().getLogRowContextQuery(row, {}, { refId: 'B', queryType: 'any' });
    expect(query).toMatchObject({ refId: 'B', stream: { job: 'ginkgo' } });
    expect(query).not.toHaveProperty('after');
    expect(query).not.toHaveProperty('before');
  });
});

describe('variables', () => {
  const options = async (query: Partial<GinkgoVariableQuery>) => {
    const source = datasource();
    const asked = request([{ refId: 'v', ...query } as GinkgoQuery]) as DataQueryRequest<GinkgoVariableQuery>;
    return (await lastValueFrom(source.variables.query(asked))).data[0] as DataFrame;
  };

  test('the strategies of a portfolio, with the number of lines', async () => {
    const asked = backend({}, { pf: { value: 'p1' } });
    const frame = await options({
      field: 'strategy_id',
      queryType: 'portfolio',
      ids: ['$pf'],
      showCounts: true,
    });
    expect(frame.fields.map(({ name, type, values }) => [name, type, values])).toEqual([
      ['text', 'string', ['strategy_id-1 (1,200)', 'strategy_id-2 (1)']],
      ['value', 'string', ['strategy_id-1', 'strategy_id-2']],
    ]);
    expect(asked.at(-1)?.body).toMatchObject({ field: 'strategy_id', query: { ids: ['p1'] }, limit: 1000 });
  });

  test('none is an empty list with types', async () => {
    backend({ values: () => ({ values: [] }) });
    const frame = await options({ field: 'strategy_id' });
    expect(frame.fields.map(({ type }) => type)).toEqual([FieldType.string, FieldType.string]);
  });

  test("Loki's label_values names a field too", async () => {
    const asked = backend();
    const source = datasource();
    const stored = 'label_values({job="x"}, strategy_id)' as unknown as GinkgoQuery;
    await lastValueFrom(source.variables.query(request([stored]) as DataQueryRequest<GinkgoVariableQuery>));
    expect(asked.at(-1)?.body).toMatchObject({ field: 'strategy_id' });
  });
});

test('ad hoc filters: fields, and their values under the other filters', async () => {
  const asked = backend();
  const source = datasource();
  const keys = await source.getTagKeys({ filters: [], queries: [{ refId: 'A', system: 'fastapi' }] });
  expect(keys).toContainEqual({ text: 'event_type', value: 'event_type', group: 'Fields' });
  expect(asked[0]?.body).toMatchObject({ query: { system: 'fastapi' } });
  const filters = [
    { key: 'portfolio_id', operator: '=', value: 'p1' },
    { key: 'event_type', operator: '=', value: 'x' },
  ];
  const values = await source.getTagValues({ key: 'event_type', filters });
  expect(values[0]).toEqual({ text: 'event_type-1', value: 'event_type-1' });
  expect(asked[1]?.body['query']).toMatchObject({
    filters: [{ field: 'portfolio_id', operator: '=', values: ['p1'] }],
  });
});

test('queries of other data sources, in and out', async () => {
  backend();
  const source = datasource();
  const matcher = (name: string, value: string) => ({ name, value, operator: AbstractLabelOperator.Equal });
  const [query] = await source.importFromAbstractQueries([
    { refId: 'A', labelMatchers: [matcher('job', 'ginkgo'), matcher('strategy_id', 's1')] },
  ]);
  expect(query).toEqual({ refId: 'A', queryType: 'strategy', system: 'ginkgo', ids: ['s1'] });
  // The strategy is inside the lines, where label matchers would find nothing.
  const [out] = await source.exportToAbstractQueries([query!]);
  expect(out).toEqual({ refId: 'A', labelMatchers: [matcher('job', 'ginkgo')] });
});

test('annotations are events', () => {
  const { prepareQuery, getDefaultQuery } = datasource().annotations;
  const anno = { name: 'a', enable: true, iconColor: 'red' };
  expect(getDefaultQuery?.()).toEqual({ queryType: 'any', result: 'events' });
  const target = { refId: 'Anno', queryType: 'run', result: 'logs' };
  expect(prepareQuery?.({ ...anno, target })).toEqual({ ...target, result: 'events' });
  expect(prepareQuery?.(anno)).toEqual({ refId: 'Anno', queryType: 'any', result: 'events' });
});
