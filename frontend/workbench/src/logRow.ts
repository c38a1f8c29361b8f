import { type DataFrame, dateTime, FieldType, type Labels, LogLevel, type LogRowModel } from '@grafana/data';

/** A row of a `log-lines` frame as Grafana hands it to a data source. */
export function logRow(frame: DataFrame, at: number): LogRowModel {
  const field = (name: string) => frame.fields.find((each) => each.name === name);
  const time = field('timestamp') ?? frame.fields.find(({ type }) => type === FieldType.time);
  const ms: number = time?.values[at];
  const nanos = time?.nanos?.[at] ?? 0;
  const entry: string = field('body')?.values[at] ?? '';
  const labels: Labels = field('labels')?.values[at] ?? {};
  const id = field('id')?.values[at];
  return {
    rowIndex: at,
    entryFieldIndex: frame.fields.indexOf(field('body')!),
    dataFrame: frame,
    entry,
    raw: entry,
    labels,
    uniqueLabels: labels,
    logLevel: (field('severity')?.values[at] ?? LogLevel.unknown) as LogLevel,
    timeEpochMs: ms,
    timeEpochNs: `${ms}${String(nanos).padStart(6, '0')}`,
    timeLocal: dateTime(ms).format(),
    timeUtc: dateTime(ms).utc().format(),
    timeFromNow: dateTime(ms).fromNow(),
    uid: `${frame.refId}_${id}`,
    rowId: id,
    hasAnsi: false,
    hasUnescapedContent: false,
    searchWords: frame.meta?.searchWords ?? [],
    datasourceType: 'ginkgo-loki-datasource',
  };
}
