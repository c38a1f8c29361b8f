import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import lodash from 'lodash';
// Grafana hands moment to plugins whole, so this page has to as well.
// eslint-disable-next-line no-restricted-imports
import moment from 'moment';
import React from 'react';
import ReactDOM from 'react-dom';
import { createRoot } from 'react-dom/client';
import { cacheStore } from 'react-inlinesvg';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

import './page.css';
import pluginJson from '../../../plugin.json';
import { loadModule } from './amd';
import { App } from './app';
import { backend } from './backend';
import { DataSources, instanceSettings, type Stored, tempo } from './dataSources';
import { live } from './live';
import { Session } from './session';
import { variables } from './variables';

const pluginId = 'ginkgo-loki-datasource';
const folder = `/public/plugins/${pluginId}`;

type Plugin = grafanaData.DataSourcePlugin<grafanaData.DataSourceApi>;

// A namespace of an ES module is frozen and has no callable default; Grafana shares CommonJS objects.
const shared = {
  react: React,
  'react-dom': ReactDOM,
  rxjs,
  'rxjs/operators': rxjsOperators,
  lodash,
  moment,
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
};

/**
 * Has the icons there before the first one is drawn, as Grafana has. One that comes later takes the place of
 * an empty one, and a press of the mouse that began on that is no click for the browser.
 */
async function loadIcons() {
  const icons: Record<string, string> = await (await fetch('/icons.json')).json();
  for (const [name, content] of Object.entries(icons)) {
    cacheStore.set(`/public/build/img/icons/${name}`, { content, status: 'loaded' });
  }
}

/** Sets what Grafana provides, loads the built plugin and draws the page. */
export async function start() {
  const theme = grafanaData.createTheme({
    colors: { mode: grafanaRuntime.config.bootData.user.theme as 'dark' | 'light' },
  });
  Object.assign(grafanaRuntime.config, { theme2: theme });
  const events = new grafanaData.EventBusSrv();
  grafanaRuntime.setBackendSrv(backend);
  grafanaRuntime.setTemplateSrv(variables);
  grafanaRuntime.setEchoSrv(new grafanaRuntime.FakeEchoSrv());
  grafanaRuntime.setAppEvents(events);
  grafanaRuntime.setGrafanaLiveSrv(live);

  const meta = pluginJson as unknown as grafanaData.DataSourcePluginMeta;
  const uid = new URLSearchParams(location.search).get('uid') ?? 'ginkgo';
  const stored: Stored = await backend.get(`/api/datasources/uid/${uid}`);
  const picture = `${folder}/img/logo.svg`;
  const settings = instanceSettings(stored, {
    ...meta,
    info: { ...meta.info, logos: { small: picture, large: picture } },
    baseUrl: folder,
    module: `${folder}/module.js`,
  });
  const sources = new DataSources([settings, tempo(settings.meta)]);
  grafanaRuntime.setDataSourceSrv(sources);

  const { plugin } = await loadModule<{ plugin: Plugin }>(`${folder}/module.js`, shared);
  plugin.meta = settings.meta;
  const open = (from: Stored) => {
    const instance = instanceSettings(from, settings.meta);
    const datasource = new plugin.DataSourceClass(instance);
    datasource.meta = instance.meta;
    datasource.components = plugin.components;
    sources.add(instance, datasource);
    return datasource;
  };
  await loadIcons();
  const session = new Session(plugin, open, stored, events);
  window.workbench = session;
  createRoot(document.getElementById('root')!).render(
    <grafanaData.ThemeContext.Provider value={theme}>
      <grafanaUi.GlobalStyles />
      <App session={session} />
      <grafanaUi.PortalContainer />
    </grafanaData.ThemeContext.Provider>
  );
}

declare global {
  interface Window {
    workbench: Session;
  }
}
