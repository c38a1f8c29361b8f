import {
  type DataSourceWithLogsLabelTypesSupport,
  hasQueryModificationSupport,
  hasToggleableQueryFiltersSupport,
  type LogRowModel,
} from '@grafana/data';
import { IconButton } from '@grafana/ui';
import React from 'react';

import { LogContext } from './logContext';
import { LogLinks } from './logLinks';
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

/** The labels of a line with the filters on them, its links, and the lines around it. */
export function LogDetails({ session, row }: { session: Session; row: LogRowModel }) {
  const { datasource } = session;
  const { query } = session.state.value;
  const toggles = hasToggleableQueryFiltersSupport<Query>(datasource) ? datasource : undefined;
  const groups = datasource as Partial<DataSourceWithLogsLabelTypesSupport>;
  return (
    <div style={{ padding: '4px 40px' }} data-testid="log-details">
      <LogContext session={session} row={row} />
      <LogLinks session={session} row={row} />
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
              <td>{groups.getLabelDisplayTypeFromFrame?.(key, row.dataFrame, row.rowIndex)}</td>
              <td style={{ overflowWrap: 'anywhere' }}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
