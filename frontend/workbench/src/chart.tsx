import { type DataFrame, type TimeRange } from '@grafana/data';
import { LegendDisplayMode } from '@grafana/schema';
import { TimeSeries, useTheme2 } from '@grafana/ui';
import React, { useMemo } from 'react';

import { displayed } from './display';

interface Props {
  frames: DataFrame[];
  range: TimeRange;
  width: number;
  height?: number;
  label?: string;
}

/** Series over time with their legend. */
export function Chart({ frames, range, width, height = 260, label = 'Chart' }: Props) {
  const theme = useTheme2();
  const drawn = useMemo(() => displayed(frames, theme), [frames, theme]);
  if (width === 0) {
    return null;
  }
  const legend = {
    showLegend: true,
    displayMode: LegendDisplayMode.List,
    placement: 'bottom' as const,
    calcs: [],
  };
  return (
    <section aria-label={label} data-series={frames.length}>
      <TimeSeries
        frames={drawn}
        timeRange={range}
        timeZone="browser"
        width={width}
        height={height}
        legend={legend}
      />
    </section>
  );
}
