import { dateMath, dateTime, rangeUtil, type RawTimeRange, type TimeRange } from '@grafana/data';

/** The ranges that the page offers. */
export const ranges = ['15m', '1h', '6h', '24h'].map((span) => ({ label: span, value: span }));

/** Reads `now-1h` or a time (milliseconds or ISO 8601). */
function read(text: string, roundUp: boolean) {
  const asNumber = Number(text);
  return dateMath.parse(Number.isNaN(asNumber) ? text : dateTime(asNumber), roundUp) ?? dateTime(text);
}

/** The time range of two texts, resolved now. */
export function timeRange(from: string, to: string): TimeRange {
  const raw: RawTimeRange = { from, to };
  return { from: read(from, false), to: read(to, true), raw };
}

/** The interval that Grafana would choose for a panel of this many points. */
export function interval(range: TimeRange, points: number) {
  return rangeUtil.calculateInterval(range, points, '1s');
}
