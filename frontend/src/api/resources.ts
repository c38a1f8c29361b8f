/** The backend's resources, typed. Errors are the backend's sentence, for the control that asked. */
import { TimeRange } from '@grafana/data';

import { GinkgoQuery } from '../types';

/** A field of a system's schema, or one that Loki detected. */
export interface FieldInfo {
  name: string;
  role: string | null;
  type: string;
  unit: string;
  description?: string;
  sources?: string[];
  found?: string[];
  example?: string | null;
  inSchema?: boolean;
  cardinality?: number | null;
}

/** A system with its vocabulary. */
export interface SystemInfo {
  name: string;
  selector: string;
  format: string;
  preset?: string | null;
  roles: Record<string, string>;
  errorLevels: string[];
  hasStreams: boolean;
  fields?: FieldInfo[];
}

export interface SystemsAnswer {
  systems: SystemInfo[];
  defaultSystem: string;
}

export interface FieldsAnswer {
  system: string;
  sampledLines: number;
  fields: FieldInfo[];
  /** Words of the lines' levels that the system does not know. */
  unknownLevels?: string[];
}

export interface ValueInfo {
  value: string;
  count: number | null;
}

export interface ValuesAnswer {
  field: string;
  system: string;
  type: string;
  values: ValueInfo[];
  complete: boolean;
  notices: string[];
}

export interface ExplainPart {
  logql: string;
  reason: string;
}

export interface Cost {
  streams: number;
  chunks: number;
  entries: number;
  bytes: number;
}

export interface Explanation {
  queryType: string;
  result: string;
  system: string;
  expr: string;
  parts: ExplainPart[];
  notices: string[];
  cost?: Cost | null;
}

/** What is needed of Grafana's data source class. */
export interface Transport {
  getResource<Answer>(path: string, params?: Record<string, unknown>, options?: object): Promise<Answer>;
  postResource<Answer>(path: string, data?: Record<string, unknown>, options?: object): Promise<Answer>;
}

// The error belongs to the control that asked, and not into a corner of the page.
const QUIET = { showErrorAlert: false };

/** The resources of one data source. */
export class Resources {
  constructor(private readonly transport: Transport) {}

  /** Lists the systems. */
  systems(range?: TimeRange): Promise<SystemsAnswer> {
    return said(this.transport.getResource('systems', bounds(range), QUIET));
  }

  /** Lists the fields of a query's system, with where they are. */
  fields(query: Partial<GinkgoQuery>, range?: TimeRange): Promise<FieldsAnswer> {
    return said(this.transport.postResource('fields', { query, ...bounds(range) }, QUIET));
  }

  /** Lists the values of a field under a query's conditions; those on the field itself do not count. */
  values(
    query: Partial<GinkgoQuery>,
    field: string,
    options: { search?: string; limit?: number; range?: TimeRange } = {}
  ): Promise<ValuesAnswer> {
    const { search, limit, range } = options;
    const body = { query: withoutField(query, field), field, search, limit, ...bounds(range) };
    return said(this.transport.postResource('values', body, QUIET));
  }

  /** Explains a query, with what it would cost. */
  explain(
    query: GinkgoQuery,
    request: { range?: TimeRange; intervalMs?: number; maxDataPoints?: number } = {}
  ): Promise<Explanation> {
    const { range, intervalMs, maxDataPoints } = request;
    const body = { query, ...bounds(range), intervalMs, maxDataPoints, cost: true };
    return said(this.transport.postResource('explain', body, QUIET));
  }
}

/** The query without its filters on a field: its values are what one chooses from. */
export function withoutField(query: Partial<GinkgoQuery>, field: string): Partial<GinkgoQuery> {
  if (!Array.isArray(query.filters)) {
    return query;
  }
  return { ...query, filters: query.filters.filter((filter) => filter?.field !== field) };
}

function bounds(range: TimeRange | undefined): { from?: string; to?: string } {
  if (!range) {
    return {};
  }
  return { from: `${range.from.valueOf()}`, to: `${range.to.valueOf()}` };
}

/** Passes an answer on, and an error as the sentence that the backend said. */
async function said<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw new Error(sentenceOf(error));
  }
}

/** The backend's sentence in an error of Grafana's transport. */
export function sentenceOf(error: unknown): string {
  const { data, message, statusText } = (error ?? {}) as {
    data?: { error?: string; message?: string };
    message?: string;
    statusText?: string;
  };
  return data?.error || data?.message || message || statusText || 'the data source did not answer';
}
