import { type DataFrame, LogsSortOrder, store } from '@grafana/data';
import { RadioButtonGroup, useTheme2 } from '@grafana/ui';
import React, { useState } from 'react';

import { LogDetails } from './logDetails';
import { logRow } from './logRow';
import { type Session } from './session';

/** The lines that the page draws; a browser page of 100,000 helps nobody. */
const most = 100;

const colors: Record<string, string> = {
  critical: '#B877D9',
  error: '#E0226E',
  warning: '#FF9830',
  info: '#56A64B',
  debug: '#5794F2',
  trace: '#6ED0E0',
};

/** Where Explore keeps the order of lines, for every pane; a data source can see that it changes. */
const ORDER = 'grafana.explore.logs.sortOrder';
const orders = [
  { value: LogsSortOrder.Descending, label: 'Newest' },
  { value: LogsSortOrder.Ascending, label: 'Oldest' },
];

/** Log lines, newest or oldest first as they came; a click opens the details of one. */
export function LogLines({ session, frame }: { session: Session; frame: DataFrame }) {
  const [open, setOpen] = useState<string>();
  const [order, setOrder] = useState<LogsSortOrder>(() => store.get(ORDER) ?? LogsSortOrder.Descending);
  const theme = useTheme2();
  const sort = (wanted: LogsSortOrder) => {
    setOrder(wanted);
    store.set(ORDER, wanted);
  };
  const rows = Array.from({ length: Math.min(frame.length, most) }, (_, at) => logRow(frame, at));
  return (
    <section
      aria-label="Logs"
      data-rows={frame.length}
      style={{ fontFamily: theme.typography.fontFamilyMonospace, fontSize: 12 }}
    >
      <RadioButtonGroup
        size="sm"
        aria-label="Lines from the"
        options={orders}
        value={order}
        onChange={sort}
      />
      {rows.map((row) => (
        <div key={row.uid} data-testid="log-line" data-level={row.logLevel} data-uid={row.uid}>
          <div
            style={{
              display: 'flex',
              gap: 8,
              borderLeft: `3px solid ${colors[row.logLevel] ?? '#8e8e8e'}`,
              padding: '1px 6px',
            }}
          >
            <button
              type="button"
              style={{ background: 'none', border: 'none', color: 'inherit', cursor: 'pointer', padding: 0 }}
              aria-label={`Details of ${row.uid}`}
              aria-expanded={open === row.uid}
              onClick={() => setOpen(open === row.uid ? undefined : row.uid)}
            >
              {open === row.uid ? '▾' : '▸'}
            </button>
            <span style={{ color: theme.colors.text.secondary, whiteSpace: 'nowrap' }}>
              {row.timeLocal.slice(0, 19)}
            </span>
            <span style={{ overflowWrap: 'anywhere' }}>{row.entry.slice(0, 2000)}</span>
          </div>
          {open === row.uid && <LogDetails session={session} row={row} />}
        </div>
      ))}
      {frame.length > most && <p>{`… and ${frame.length - most} more lines`}</p>}
    </section>
  );
}
