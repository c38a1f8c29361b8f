import {
  type DataSourceApi,
  type DataSourceInstanceSettings,
  type DataSourceJsonData,
  type DataSourcePluginMeta,
  type DataSourceRef,
} from '@grafana/data';
import { type DataSourceSrv } from '@grafana/runtime';

/** A data source as the host keeps it. */
export interface Stored {
  uid: string;
  name: string;
  url: string;
  basicAuth: boolean;
  basicAuthUser: string;
  jsonData: DataSourceJsonData;
  id: number;
}

/** The settings that Grafana would hand to the plugin's data source. */
export function instanceSettings(stored: Stored, meta: DataSourcePluginMeta): DataSourceInstanceSettings {
  return {
    id: stored.id,
    uid: stored.uid,
    name: stored.name,
    type: meta.id,
    meta,
    url: `/api/datasources/proxy/uid/${stored.uid}`,
    access: 'proxy',
    readOnly: false,
    jsonData: stored.jsonData,
  };
}

/** A second data source that only has a name: derived links can point at it. */
export function tempo(meta: DataSourcePluginMeta): DataSourceInstanceSettings {
  const settings = instanceSettings(
    { id: 99, uid: 'tempo', name: 'Tempo', url: '', basicAuth: false, basicAuthUser: '', jsonData: {} },
    { ...meta, id: 'tempo', name: 'Tempo', tracing: true, logs: false }
  );
  return settings;
}

/** Grafana's data source service over the few data sources of the page. */
export class DataSources implements DataSourceSrv {
  private loaded = new Map<string, DataSourceApi>();

  constructor(private list: DataSourceInstanceSettings[]) {}

  add(settings: DataSourceInstanceSettings, api: DataSourceApi) {
    this.list = [settings, ...this.list.filter(({ uid }) => uid !== settings.uid)];
    this.loaded.set(settings.uid, api);
  }

  getInstanceSettings(ref?: DataSourceRef | string | null): DataSourceInstanceSettings | undefined {
    const uid = typeof ref === 'string' ? ref : ref?.uid;
    return uid ? this.list.find((each) => each.uid === uid || each.name === uid) : this.list[0];
  }

  async get(ref?: DataSourceRef | string | null): Promise<DataSourceApi> {
    const api = this.loaded.get(this.getInstanceSettings(ref)?.uid ?? '');
    if (!api) {
      throw new Error(`the workbench has no data source ${JSON.stringify(ref)}`);
    }
    return api;
  }

  getList() {
    return this.list;
  }

  async reload() {}

  registerRuntimeDataSource() {}
}
