import { QueryEditorProps } from '@grafana/data';
import React from 'react';

import { GinkgoDataSource } from '../datasource';
import { GinkgoOptions, GinkgoQuery } from '../types';

type Props = QueryEditorProps<GinkgoDataSource, GinkgoQuery, GinkgoOptions>;

export default function QueryEditor({ query }: Props) {
  return <div>{query.queryType ?? 'any'}</div>;
}
