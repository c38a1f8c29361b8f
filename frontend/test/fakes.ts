/** A data source whose backend is a few lines of a test. */
import { DataSourceInstanceSettings, DataSourcePluginMeta } from '@grafana/data';
import { BackendSrv, BackendSrvRequest, setBackendSrv, setTemplateSrv } from '@grafana/runtime';
import { from, throwError } from 'rxjs';

import { GinkgoDataSource } from '../src/datasource';
import { GinkgoOptions } from '../src/types';
import { templates } from './templates';

type Reply = (body: Record<string, never> | Record<string, unknown>) => unknown;

export const FIELDS = [
  { name: 'level', role: 'level', type: 'level', unit: '', found: ['line'], example: 'info', inSchema: true },
  {
    name: 'portfolio_id',
    role: 'portfolio',
    type: 'string',
    unit: '',
    found: ['line'],
    example: 'p1',
    inSchema: true,
  },
  {
    name: 'strategy_id',
    role: 'strategy',
    type: 'string',
    unit: '',
    found: ['line'],
    example: 's1',
    inSchema: true,
  },
  {
    name: 'trace_id',
    role: 'trace',
    type: 'string',
    unit: '',
    found: ['line'],
    example: 't1',
    inSchema: true,
  },
  {
    name: 'event_type',
    role: 'event',
    type: 'string',
    unit: '',
    found: ['line'],
    example: 'RISKBREACH',
    inSchema: true,
  },
  {
    name: 'duration_ms',
    role: 'duration',
    type: 'number',
    unit: 'ms',
    found: ['line'],
    example: '12.5',
    inSchema: true,
  },
  { name: 'job', role: null, type: 'string', unit: '', found: ['label'], example: 'ginkgo', inSchema: false },
];

const system = (name: string, roles: Record<string, string>) => ({
  name,
  selector: `{job="${name}"}`,
  format: 'json',
  roles,
  errorLevels: ['error', 'critical'],
  hasStreams: true,
});

export const SYSTEMS = {
  systems: [
    system('ginkgo', {
      level: 'level',
      portfolio: 'portfolio_id',
      strategy: 'strategy_id',
      trace: 'trace_id',
      run: 'task_id',
    }),
    system('fastapi', { level: 'level', trace: 'trace_id' }),
  ],
  defaultSystem: 'ginkgo',
};

const REPLIES: Record<string, Reply> = {
  systems: () => SYSTEMS,
  fields: () => ({ system: 'ginkgo', sampledLines: 100, fields: FIELDS }),
  values: ({ field }) => ({
    field,
    system: 'ginkgo',
    type: 'string',
    values: [
      { value: `${field as string}-1`, count: 1200 },
      { value: `${field as string}-2`, count: 1 },
    ],
    complete: true,
    notices: [],
  }),
  explain: () => ({
    queryType: 'any',
    result: 'logs',
    system: 'ginkgo',
    expr: '{job="ginkgo"}',
    parts: [
      { logql: '{job="ginkgo"}', reason: 'the streams of the system' },
      { logql: '| json', reason: 'reads the line' },
    ],
    notices: [],
    cost: { streams: 3, chunks: 10, entries: 100, bytes: 5_000_000 },
  }),
};

/** What was asked of the backend. */
export interface Asked {
  path: string;
  body: Record<string, unknown>;
}

/** Sets Grafana's services up; `replies` are by the last part of the address. */
export function backend(
  replies: Record<string, Reply> = {},
  variables: Parameters<typeof templates>[0] = {}
): Asked[] {
  const asked: Asked[] = [];
  const all = { ...REPLIES, ...replies };
  setBackendSrv({
    fetch: ({ url, data, params }: BackendSrvRequest) => {
      const path = url.split('?')[0]!.split('/').pop()!;
      const body = (data ?? params ?? {}) as Record<string, unknown>;
      asked.push({ path, body });
      try {
        return from(Promise.resolve(all[path]!(body)).then((data) => ({ data })));
      } catch (error) {
        return throwError(() => ({ status: 400, data: { error: (error as Error).message } }));
      }
    },
  } as unknown as BackendSrv);
  const service = templates(variables);
  setTemplateSrv({
    ...service,
    containsTemplate: (text = '') => /\$\w/.test(text),
    updateTimeRange: () => undefined,
  } as unknown as Parameters<typeof setTemplateSrv>[0]);
  return asked;
}

export function datasource(jsonData: GinkgoOptions = {}): GinkgoDataSource {
  return new GinkgoDataSource({
    uid: 'gk',
    name: 'Ginkgo',
    type: 'ginkgo-loki-datasource',
    access: 'proxy',
    readOnly: false,
    meta: { id: 'ginkgo-loki-datasource' } as DataSourcePluginMeta,
    jsonData,
  } as DataSourceInstanceSettings<GinkgoOptions>);
}
