import { type DataFrame } from '@grafana/data';
import { Table, useTheme2 } from '@grafana/ui';
import React, { useMemo } from 'react';

import { displayed } from './display';

/** A frame as a table. */
export function Grid({ frame, width }: { frame: DataFrame; width: number }) {
  const theme = useTheme2();
  const [drawn] = useMemo(() => displayed([frame], theme), [frame, theme]);
  if (width === 0 || !drawn) {
    return null;
  }
  const height = Math.min(420, 40 + 36 * Math.max(1, frame.length) + 20);
  return (
    <section aria-label="Table" data-rows={frame.length}>
      <Table data={drawn} width={width} height={height} />
    </section>
  );
}
