import { DataSourceInstanceSettings } from '@grafana/data';
import { DataSourceWithBackend } from '@grafana/runtime';

import { GinkgoOptions, GinkgoQuery } from './types';

/** The data source: Grafana's side of the backend. */
export class GinkgoDataSource extends DataSourceWithBackend<GinkgoQuery, GinkgoOptions> {
  constructor(settings: DataSourceInstanceSettings<GinkgoOptions>) {
    super(settings);
  }
}
