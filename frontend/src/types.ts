import { DataSourceJsonData } from '@grafana/data';
import { DataQuery } from '@grafana/schema';

/** A condition on a field; all of a query's filters must hold. */
export interface Filter {
  field: string;
  operator: string;
  values: string[];
}

/** A condition on the raw line. */
export interface Search {
  operator: string;
  text: string;
  caseSensitive?: boolean;
}

/** The number that result `value` draws. */
export interface Measure {
  field: string;
  aggregation: string;
}

/** What result `events` makes of a line. */
export interface Events {
  field?: string;
  start?: string[];
  end?: string[];
  key?: string;
  title?: string;
  text?: string;
  tags?: string[];
}

/**
 * A query as dashboards and alert rules store it (docs/architecture.md). Keys that this version does not
 * know are kept as they are, so anything may stand beside these.
 */
export interface GinkgoQuery extends DataQuery {
  system?: string;
  ids?: string[];
  filters?: Filter[];
  search?: Search[];
  result?: string;
  columns?: string[];
  measure?: Measure;
  groupBy?: string[];
  window?: string;
  step?: string;
  instant?: boolean;
  limit?: number | string;
  direction?: string;
  legendFormat?: string;
  utcOffsetSec?: number;
  delay?: string;
  expr?: string;
  events?: Events;
  /** Only rows strictly behind this one; log context. */
  after?: string;
  /** Only rows before this one, oldest first; log context. */
  before?: string;
  /** Only streams with exactly these labels; log context. */
  stream?: Record<string, string>;
}

/** A variable: the values of a field under a query's conditions. */
export interface GinkgoVariableQuery extends GinkgoQuery {
  /** The field whose values are the options. */
  field?: string;
  /** Whether an option's text shows the number of lines. */
  showCounts?: boolean;
}

/** A field of a system, as the settings write it; what is missing is the preset's. */
export interface FieldSetting {
  name: string;
  role?: string;
  type?: string;
  source?: string | string[];
  key?: string | string[];
  unit?: string;
  description?: string;
}

/** A system, as the settings write it. */
export interface SystemSetting {
  name?: string;
  preset?: string;
  selector?: string;
  format?: string;
  timeZone?: string;
  fields?: FieldSetting[];
  errorLevels?: string[];
  levelMap?: Record<string, string>;
}

/** A link that every value of a field gets: to an address, or to a query of a data source. */
export interface LinkSetting {
  field: string;
  title?: string;
  url?: string;
  datasourceUid?: string;
  /** Text for the data source's main query, or its whole model. */
  query?: string | Record<string, unknown>;
}

/** The data source's settings (`jsonData`), as provisioning writes them too. */
export interface GinkgoOptions extends DataSourceJsonData {
  systems?: SystemSetting[];
  defaultSystem?: string;
  maxLines?: number | string;
  timeout?: number | string;
  maxConcurrent?: number | string;
  tenant?: string;
  links?: LinkSetting[];
  keepCookies?: string[];
  oauthPassThru?: boolean;
  tlsAuth?: boolean;
  tlsAuthWithCACert?: boolean;
  tlsSkipVerify?: boolean;
  serverName?: string;
  [key: `httpHeaderName${number}`]: string | undefined;
}

/** The settings' secrets. */
export interface GinkgoSecrets {
  basicAuthPassword?: string;
  tlsCACert?: string;
  tlsClientCert?: string;
  tlsClientKey?: string;
  [key: `httpHeaderValue${number}`]: string | undefined;
}
