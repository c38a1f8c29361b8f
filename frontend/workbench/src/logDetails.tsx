import {
  hasLogsContextSupport,
  hasQueryModificationSupport,
  hasToggleableQueryFiltersSupport,
  LogRowContextQueryDirection,
  type LogRowModel,
} from '@grafana/data';
import { Button, IconButton } from '@grafana/ui';
import React, { useState } from 'react';

import { logRow } from './logRow';
import { type Query, type Session } from './session';

type Kind = 'FILTER_FOR' | 'FILTER_OUT';

/** What Explore does when a person filters by a label of a line. */
function filter(session: Session, row: LogRowModel, type: Kind, key: string, value: string) {
  const { datasource } = session;
  const { query } = session.state.value;
  if (hasToggleableQueryFiltersSupport<Query>(datasource)) {
    session.change(
      datasource.toggleQueryFilter(query, { type, options: { key, value }, frame: row.dataFrame })
    );
  } else if (hasQueryModificationSupport<Query>(datasource)) {
    const action = type === 'FILTER_FOR' ? 'ADD_FILTER' : 'ADD_FILTER_OUT';
    session.change(
      datasource.modifyQuery(query, { type: action, options: { key, value }, frame: row.dataFrame })
    );
  }
  session.run();
}

/** The labels of a line with the filters on them, and the lines around it. */
export function LogDetails({ session, row }: { session: Session; row: LogRowModel }) {
  const { datasource } = session;
  const { query } = session.state.value;
  const [around, setAround] = useState<{ before: LogRowModel[]; after: LogRowModel[] }>();
  const toggles = hasToggleableQueryFiltersSupport<Query>(datasource) ? datasource : undefined;
  const show = async () => {
    if (!hasLogsContextSupport(datasource)) {
      return;
    }
    const ask = async (direction: LogRowContextQueryDirection) => {
      const { data } = await datasource.getLogRowContext(row, { direction, limit: 10 }, query);
      return data.flatMap((frame) => Array.from({ length: frame.length }, (_, at) => logRow(frame, at)));
    };
    const before = await ask(LogRowContextQueryDirection.Backward);
    setAround({ before, after: await ask(LogRowContextQueryDirection.Forward) });
  };
  return (
    <div style={{ padding: '4px 40px' }} data-testid="log-details">
      <Button size="sm" variant="secondary" onClick={show}>
        Show context
      </Button>
      {around && (
        <ol aria-label="Context">
          {around.before.map((each) => (
            <li key={each.uid} data-side="before">
              {each.entry.slice(0, 200)}
            </li>
          ))}
          <li data-side="row">
            <strong>{row.entry.slice(0, 200)}</strong>
          </li>
          {around.after.map((each) => (
            <li key={each.uid} data-side="after">
              {each.entry.slice(0, 200)}
            </li>
          ))}
        </ol>
      )}
      <table>
        <tbody>
          {Object.entries(row.labels).map(([key, value]) => (
            <tr key={key} data-active={toggles?.queryHasFilter(query, { key, value })}>
              <td>
                <IconButton
                  name="search-plus"
                  tooltip={`Filter for ${key}`}
                  onClick={() => filter(session, row, 'FILTER_FOR', key, value)}
                />
                <IconButton
                  name="search-minus"
                  tooltip={`Filter out ${key}`}
                  onClick={() => filter(session, row, 'FILTER_OUT', key, value)}
                />
              </td>
              <td>{key}</td>
              <td style={{ overflowWrap: 'anywhere' }}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
