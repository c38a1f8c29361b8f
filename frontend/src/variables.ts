/** Dashboard variables: the values of any field, wherever it is, under any conditions. */
import {
  CustomVariableSupport,
  DataFrame,
  DataQueryRequest,
  DataQueryResponse,
  DataSourceApi,
  FieldType,
  ScopedVars,
  TimeRange,
} from '@grafana/data';
import { lazy } from 'react';
import { from, map, Observable, of } from 'rxjs';

import { ValueInfo, ValuesAnswer } from './api/resources';
import { GinkgoOptions, GinkgoQuery, GinkgoVariableQuery } from './types';

/** The most options where nobody says. */
export const DEFAULT_OPTIONS = 1000;

const VariableEditor = lazy(
  () => import(/* webpackChunkName: "variable-editor" */ './components/VariableEditor')
);

type Support = CustomVariableSupport<
  DataSourceApi<GinkgoQuery, GinkgoOptions>,
  GinkgoVariableQuery,
  GinkgoQuery,
  GinkgoOptions
>;

/** The variables of a data source. */
export class GinkgoVariables extends CustomVariableSupport<
  DataSourceApi<GinkgoQuery, GinkgoOptions>,
  GinkgoVariableQuery,
  GinkgoQuery,
  GinkgoOptions
> {
  // Grafana hands the editor the very data source that it belongs to.
  override editor = VariableEditor as unknown as Support['editor'];

  constructor(private readonly datasource: VariableSource) {
    super();
  }

  override query(request: DataQueryRequest<GinkgoVariableQuery>): Observable<DataQueryResponse> {
    const query = asVariable(request.targets[0]);
    if (!query.field) {
      return of({ data: [] });
    }
    const options = this.datasource.variableOptions(query, request.scopedVars, request.range);
    return from(options).pipe(
      map(({ values }) => ({ data: [optionsFrame(values, query.showCounts === true)] }))
    );
  }
}

/** What the variables need of their data source. */
export interface VariableSource {
  variableOptions(
    query: GinkgoVariableQuery,
    scopedVars: ScopedVars,
    range: TimeRange
  ): Promise<ValuesAnswer>;
}

/** Reads a stored variable; Loki's `label_values(…)`, after a switch of data sources, names a field too. */
export function asVariable(stored: unknown): GinkgoVariableQuery {
  const given = typeof stored === 'object' && stored !== null ? (stored as GinkgoVariableQuery) : undefined;
  if (given?.field !== undefined) {
    return given;
  }
  const text = typeof stored === 'string' ? stored : (given as { query?: unknown } | undefined)?.query;
  const called =
    typeof text === 'string' ? /^\s*label_values\((?:.*,)?\s*([A-Za-z_]\w*)\s*\)\s*$/s.exec(text) : null;
  const label = called?.[1] ?? (given as { label?: unknown } | undefined)?.label;
  return { refId: 'variable', ...given, ...(typeof label === 'string' && { field: label }) };
}

/** The options as a frame; both fields carry their type, as Grafana refuses a frame without rows else. */
export function optionsFrame(values: ValueInfo[], showCounts: boolean): DataFrame {
  const texts = values.map(({ value, count }) =>
    showCounts && count !== null ? `${value} (${count.toLocaleString('en')})` : value
  );
  return {
    length: values.length,
    fields: [
      { name: 'text', type: FieldType.string, config: {}, values: texts },
      { name: 'value', type: FieldType.string, config: {}, values: values.map(({ value }) => value) },
    ],
  };
}
