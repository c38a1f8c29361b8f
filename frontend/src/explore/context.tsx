import {
  CoreApp,
  DataFrame,
  DataQueryRequest,
  DataQueryResponse,
  LogRowContextOptions,
  LogRowModel,
  sortDataFrame,
  FieldType,
} from '@grafana/data';
import React, { lazy, ReactNode, Suspense } from 'react';
import { lastValueFrom } from 'rxjs';

import type { GinkgoDataSource } from '../datasource';
import { contextQuery, rowOf, Width, widths } from '../query/context';
import { read } from '../query/question';
import { isOf, roleField, systemName } from '../query/systems';
import { GinkgoQuery } from '../types';

const ContextUi = lazy(() => import(/* webpackChunkName: "context" */ '../components/ContextUi'));

/** The context of log lines: what is asked, and the choice of how far it reaches. */
export class ContextProvider {
  private width: Width = { kind: 'stream' };

  constructor(private readonly datasource: GinkgoDataSource) {}

  /** The rows strictly before or after a row. */
  async rows(
    row: LogRowModel,
    options?: LogRowContextOptions,
    query?: GinkgoQuery
  ): Promise<DataQueryResponse> {
    const system = await this.systemOf(row, query, options);
    const asked = contextQuery(row, system, this.width, options);
    const request = {
      requestId: asked.query.refId,
      app: CoreApp.Explore,
      interval: '1s',
      intervalMs: 1000,
      scopedVars: options?.scopedVars ?? {},
      startTime: Date.now(),
      timezone: 'utc',
      targets: [asked.query],
      range: asked.range,
    } satisfies DataQueryRequest<GinkgoQuery>;
    const response = await lastValueFrom(this.datasource.query(request));
    return { ...response, data: response.data.map((frame: DataFrame) => newestFirst(frame)) };
  }

  /** The same as a query, for a pane of its own. */
  async query(row: LogRowModel, options?: LogRowContextOptions, query?: GinkgoQuery): Promise<GinkgoQuery> {
    const system = await this.systemOf(row, query, options);
    const { after: _after, before: _before, ...asked } = contextQuery(row, system, this.width, options).query;
    return { ...asked, refId: query?.refId ?? 'A', datasource: this.datasource.getRef() };
  }

  /** The choice of how far the context reaches. */
  ui(row: LogRowModel, run?: () => void, query?: GinkgoQuery): ReactNode {
    const system = systemName(query?.system, this.datasource.options);
    const choices = widths(row, (role) => roleField(system, role, this.datasource.options));
    const onChange = (width: Width) => {
      this.width = width;
      run?.();
    };
    const onClose = () => {
      this.width = { kind: 'stream' };
    };
    return (
      <Suspense fallback={null}>
        <ContextUi choices={choices} onChange={onChange} onClose={onClose} />
      </Suspense>
    );
  }

  /** A line of somebody's own LogQL may be of any system: of the one that has its stream. */
  private async systemOf(
    row: LogRowModel,
    query?: GinkgoQuery,
    options?: LogRowContextOptions
  ): Promise<string> {
    const asked = query && this.datasource.applyTemplateVariables(query, options?.scopedVars ?? {});
    const named = systemName(asked?.system, this.datasource.options);
    if (!asked || read(asked).queryType !== 'logql') {
      return named;
    }
    const { stream } = rowOf(row);
    const { systems } = await this.datasource.resources.systems();
    return systems.find(({ selector }) => isOf(stream, selector))?.name ?? named;
  }
}

function newestFirst(frame: DataFrame): DataFrame {
  const time = frame.fields.findIndex((field) => field.type === FieldType.time);
  return time === -1 ? frame : sortDataFrame(frame, time, true);
}
