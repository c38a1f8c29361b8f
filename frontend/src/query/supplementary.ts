/** The queries that Explore asks beside one's own: the volume of log lines by level, and a sample. */
import { DataQueryRequest, SupplementaryQueryOptions, SupplementaryQueryType } from '@grafana/data';

import { GinkgoQuery } from '../types';
import { read } from './question';
import { GROUPED_RESULTS, LINE_RESULTS } from './words';

/** Grafana strips these from the refId to find the query that they belong to. */
export const VOLUME = 'log-volume-';
const SAMPLE = 'log-sample-';

/** Makes the supplementary query; none where the query has nothing of that kind. */
export function supplementary(
  options: SupplementaryQueryOptions,
  query: GinkgoQuery,
  levelField: string
): GinkgoQuery | undefined {
  const { queryType, result } = read(query);
  // A volume of one's own LogQL would have to be LogQL made here: Grafana draws it from the rows instead.
  if (query.hide || queryType === 'logql') {
    return undefined;
  }
  const { columns: _columns, limit: _limit, events: _events, instant: _instant, ...rest } = query;
  if (options.type === SupplementaryQueryType.LogsVolume) {
    if (!LINE_RESULTS.includes(result)) {
      return undefined;
    }
    const { window: _window, step: _step, ...volume } = rest;
    const groupBy = [options.field || levelField];
    return { ...volume, refId: `${VOLUME}${query.refId}`, result: 'count', groupBy, legendFormat: '' };
  }
  if (!GROUPED_RESULTS.includes(result)) {
    return undefined;
  }
  const {
    groupBy: _groupBy,
    measure: _measure,
    window: _window,
    step: _step,
    result: _result,
    ...sample
  } = rest;
  const limit = Number(options.limit);
  return {
    ...sample,
    refId: `${SAMPLE}${query.refId}`,
    result: 'logs',
    ...(Number.isInteger(limit) && limit > 0 && { limit }),
  };
}

/** Makes the supplementary request; none when no query has anything of that kind. */
export function supplementaryRequest(
  request: DataQueryRequest<GinkgoQuery>,
  make: (query: GinkgoQuery) => GinkgoQuery | undefined
): DataQueryRequest<GinkgoQuery> | undefined {
  const targets = request.targets.map(make).filter((target) => target !== undefined);
  return targets.length === 0 ? undefined : { ...request, scopedVars: { ...request.scopedVars }, targets };
}
