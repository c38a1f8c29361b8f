import { DataSourceJsonData } from '@grafana/data';
import { DataQuery } from '@grafana/schema';

/** A query as dashboards and alert rules store it; unknown keys are kept. */
export interface GinkgoQuery extends DataQuery {
  [key: string]: unknown;
}

/** The data source's settings (`jsonData`). */
export interface GinkgoOptions extends DataSourceJsonData {
  maxLines?: number;
}
