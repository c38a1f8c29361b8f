/** The offset of a time zone, which steps of an hour and more are aligned to. */
import { dateTimeForTimeZone, TimeZone } from '@grafana/data';

/** Seconds that the zone is ahead of UTC at this moment. */
export function utcOffsetSec(zone: TimeZone, at: number): number {
  return dateTimeForTimeZone(zone, at).utcOffset() * 60;
}
