/** The lines around a line: in its own stream, or in all that happened in its trace, run or portfolio. */
import {
  dateTime,
  LogRowContextOptions,
  LogRowContextQueryDirection,
  LogRowModel,
  TimeRange,
} from '@grafana/data';

import { GinkgoQuery } from '../types';

/** How far the context of a line goes where nobody says. */
const WINDOW_MS = 2 * 60 * 60 * 1000;

/** Where to look: the line's stream, or a query type with the line's own id. */
export type Width = { kind: 'stream' } | { kind: string; id: string };

/** A row with all that its frame says of it. */
export interface Row {
  id: string | undefined;
  labels: Record<string, string>;
  stream: Record<string, string>;
}

/** Reads a row's labels; those of its stream are the ones that its frame marks as index labels. */
export function rowOf(row: LogRowModel): Row {
  const at = <Value>(name: string) => {
    const field = row.dataFrame.fields.find((candidate) => candidate.name === name);
    return field?.values[row.rowIndex] as Value | undefined;
  };
  const labels = at<Record<string, string>>('labels') ?? row.labels ?? {};
  const types = at<Record<string, string>>('labelTypes');
  const stream = types ? Object.keys(labels).filter((name) => types[name] === 'I') : [];
  return {
    id: at<string>('id'),
    labels,
    stream: Object.fromEntries(stream.map((name) => [name, labels[name]!])),
  };
}

/** Makes the query for the rows strictly before or after a row, and the range that it is asked in. */
export function contextQuery(
  row: LogRowModel,
  system: string,
  width: Width,
  options: LogRowContextOptions = {}
): { query: GinkgoQuery; range: TimeRange } {
  const { id, stream } = rowOf(row);
  const forward = options.direction === LogRowContextQueryDirection.Forward;
  const reach = options.timeWindowMs ?? WINDOW_MS;
  const query: GinkgoQuery = {
    refId: `log-row-context-${forward ? 'after' : 'before'}-${row.uid}`,
    system,
    direction: forward ? 'forward' : 'backward',
    ...('id' in width ? { queryType: width.kind, ids: [width.id] } : { queryType: 'any', stream }),
    ...(options.limit !== undefined && { limit: options.limit }),
    ...(id !== undefined && (forward ? { after: id } : { before: id })),
  };
  // The range has whole milliseconds: the line's own one belongs to both sides, and the id decides there.
  const at = row.timeEpochMs;
  const [from, to] = forward ? [at, at + reach] : [at - reach, at + 1];
  const raw = { from: dateTime(from), to: dateTime(to) };
  return { query, range: { ...raw, raw } };
}

/** The widths that a row has ids for, by role. */
export function widths(row: LogRowModel, fieldOf: (role: string) => string | undefined): Width[] {
  const { labels } = rowOf(row);
  const wider = ['trace', 'run', 'strategy', 'portfolio'].flatMap((role): Width[] => {
    const name = fieldOf(role);
    const id = name === undefined ? undefined : labels[name];
    return id ? [{ kind: role, id }] : [];
  });
  return [{ kind: 'stream' }, ...wider];
}
