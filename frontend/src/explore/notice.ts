import { AppEvents } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';

import { read } from '../query/question';
import { GinkgoQuery } from '../types';

/** Says that a person's own LogQL is not changed for them; answers that query, and nothing for others. */
export function noticeLogql(query: GinkgoQuery): GinkgoQuery | undefined {
  if (read(query).queryType !== 'logql') {
    return undefined;
  }
  const payload = [
    'This is your own LogQL',
    'Write the filter into it, or ask by portfolio, strategy, trace or run.',
  ];
  getAppEvents().publish({ type: AppEvents.alertWarning.name, payload });
  return query;
}
