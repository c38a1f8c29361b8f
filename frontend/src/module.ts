import './public-path';

import { DataSourcePlugin } from '@grafana/data';
import { lazy } from 'react';

import { GinkgoDataSource } from './datasource';
import { GinkgoOptions, GinkgoQuery } from './types';

const QueryEditor = lazy(() => import(/* webpackChunkName: "query-editor" */ './components/QueryEditor'));

export const plugin = new DataSourcePlugin<GinkgoDataSource, GinkgoQuery, GinkgoOptions>(
  GinkgoDataSource
).setQueryEditor(QueryEditor);
