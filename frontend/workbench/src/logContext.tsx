import { hasLogsContextSupport, LogRowContextQueryDirection, type LogRowModel } from '@grafana/data';
import { Button } from '@grafana/ui';
import React, { useState } from 'react';

import { logRow } from './logRow';
import { type Session } from './session';

interface Around {
  before: LogRowModel[];
  after: LogRowModel[];
}

/** The lines around a line, with the data source's own choice of how far they reach. */
export function LogContext({ session, row }: { session: Session; row: LogRowModel }) {
  const { datasource } = session;
  const { query } = session.state.value;
  const [around, setAround] = useState<Around>();
  if (!hasLogsContextSupport(datasource)) {
    return null;
  }
  const show = async () => {
    const ask = async (direction: LogRowContextQueryDirection) => {
      const { data } = await datasource.getLogRowContext(row, { direction, limit: 10 }, query);
      return data.flatMap((frame) => Array.from({ length: frame.length }, (_, at) => logRow(frame, at)));
    };
    const before = await ask(LogRowContextQueryDirection.Backward);
    setAround({ before, after: await ask(LogRowContextQueryDirection.Forward) });
  };
  if (!around) {
    return (
      <Button size="sm" variant="secondary" onClick={show}>
        Show context
      </Button>
    );
  }
  const lines = (side: keyof Around) =>
    around[side].map((each) => (
      <li key={each.uid} data-side={side} title={JSON.stringify(each.labels)}>
        {each.entry}
      </li>
    ));
  // The data source gives both sides newest first, as Grafana's own dialogue wants them.
  return (
    <>
      {datasource.getLogRowContextUi?.(row, show, query)}
      <ol aria-label="Context" style={{ maxHeight: 400, overflow: 'auto' }} tabIndex={0}>
        {lines('after')}
        <li data-side="row">
          <strong>{row.entry}</strong>
        </li>
        {lines('before')}
      </ol>
    </>
  );
}
