/** Where in the editor an error of the backend belongs: its texts begin with the key that they are about. */

/** The place that an error names: `filters[0].values[1]` is key `filters`, index 0, part `values`. */
export interface Place {
  key: string;
  index?: number;
  part?: string;
}

const KEYS = [
  'queryType',
  'system',
  'ids',
  'filters',
  'search',
  'result',
  'columns',
  'measure',
  'groupBy',
  'window',
  'step',
  'instant',
  'limit',
  'direction',
  'legendFormat',
  'utcOffsetSec',
  'delay',
  'expr',
  'events',
  'after',
  'stream',
];

const PATH = /^([A-Za-z]+)(?:\[(\d+)\])?(?:\.([A-Za-z]+))?\S* /;

/** Finds the control that an error names; none if it is about something else. */
export function placeOf(message: string | undefined): Place | undefined {
  const found = message === undefined ? null : PATH.exec(message);
  const key = found?.[1];
  if (!found || key === undefined || !KEYS.includes(key)) {
    return undefined;
  }
  return {
    key,
    ...(found[2] !== undefined && { index: Number(found[2]) }),
    ...(found[3] !== undefined && { part: found[3] }),
  };
}

/** The text that stands at a control: the error's, if it is about this one. */
export function errorAt(message: string | undefined, key: string, index?: number): string | undefined {
  const place = placeOf(message);
  if (place?.key !== key) {
    return undefined;
  }
  return index === undefined || place.index === undefined || place.index === index ? message : undefined;
}
