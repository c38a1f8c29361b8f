import {
  type DataFrame,
  DataFrameType,
  FieldType,
  getFieldDisplayName,
  LoadingState,
  type PanelData,
  toDataFrame,
} from '@grafana/data';
import { Alert, LoadingBar, Stack } from '@grafana/ui';
import React from 'react';

import { Chart } from './chart';
import { Grid } from './grid';
import { LogLines } from './logLines';
import { type Session } from './session';
import { useWidth } from './useWidth';
import { Volume } from './volume';

function isLogs({ meta }: DataFrame) {
  return meta?.preferredVisualisationType === 'logs' || meta?.type === DataFrameType.LogLines;
}

function isSeries({ fields, meta }: DataFrame) {
  const has = (type: FieldType) => fields.some((field) => field.type === type);
  return (
    meta?.preferredVisualisationType !== 'table' &&
    fields.length === 2 &&
    has(FieldType.time) &&
    has(FieldType.number)
  );
}

function isNumber({ meta, fields }: DataFrame) {
  return meta?.type === DataFrameType.NumericMulti && fields.length > 0;
}

/** One table of what comes as a frame for each group. */
function numbers(frames: DataFrame[]): DataFrame {
  const found = frames.flatMap((frame) => frame.fields.slice(0, 1).map((field) => ({ field, frame })));
  const groups = found.map(({ field, frame }) => getFieldDisplayName(field, frame));
  const values = found.map(({ field }) => field.values[0]);
  const { name, config } = found[0]?.field ?? { name: 'value', config: {} };
  return toDataFrame({
    fields: [
      { name: 'group', type: FieldType.string, values: groups },
      { name, type: FieldType.number, config, values },
    ],
  });
}

/** Draws an answer as Grafana would choose to: lines, chart or table, with its errors and notices. */
export function Answer({ session, data }: { session: Session; data: PanelData }) {
  const [ref, width] = useWidth();
  const notices = data.series.flatMap((frame) => frame.meta?.notices ?? []);
  const series = data.series.filter(isSeries);
  const single = data.series.filter(isNumber);
  const logs = data.series.filter(isLogs);
  const tables = data.series.filter(
    (frame) => frame.fields.length > 0 && ![series, single, logs].some((some) => some.includes(frame))
  );
  const nothing = data.state === LoadingState.Done && data.series.every((frame) => frame.length === 0);
  return (
    <div
      ref={ref}
      style={{ position: 'relative' }}
      aria-busy={data.state === LoadingState.Loading}
      data-state={data.state}
    >
      {data.state === LoadingState.Loading && <LoadingBar width={width || 100} />}
      <Stack direction="column" gap={1}>
        {(data.errors ?? []).map((error, at) => (
          <Alert
            key={at}
            severity="error"
            title={error.message ?? error.data?.message ?? 'The query failed'}
          />
        ))}
        {notices.map(({ severity, text }, at) => (
          <Alert key={at} severity={severity === 'warning' ? 'warning' : 'info'} title={text} />
        ))}
        {nothing && <p>No data in this range.</p>}
        {series.length > 0 && <Chart frames={series} range={data.timeRange} width={width} />}
        {single.length > 0 && <Grid frame={numbers(single)} width={width} />}
        {tables.map((frame, at) => (
          <Grid key={at} frame={frame} width={width} />
        ))}
        {logs.length > 0 && <Volume session={session} request={data.request} width={width} />}
        {logs.map((frame, at) => (
          <LogLines key={at} session={session} frame={frame} />
        ))}
      </Stack>
    </div>
  );
}
