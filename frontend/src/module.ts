import './public-path';

import { DataSourcePlugin } from '@grafana/data';
import { lazy } from 'react';

import { GinkgoDataSource } from './datasource';
import { GinkgoOptions, GinkgoQuery, GinkgoSecrets } from './types';

const QueryEditor = lazy(() => import(/* webpackChunkName: "query-editor" */ './components/QueryEditor'));

const ConfigEditor = lazy(() => import(/* webpackChunkName: "config-editor" */ './components/ConfigEditor'));
const Help = lazy(() => import(/* webpackChunkName: "help" */ './components/Help'));

export const plugin = new DataSourcePlugin<GinkgoDataSource, GinkgoQuery, GinkgoOptions, GinkgoSecrets>(
  GinkgoDataSource
)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor)
  .setQueryEditorHelp(Help);
