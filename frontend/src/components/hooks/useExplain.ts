import { PanelData, TimeRange } from '@grafana/data';
import { useEffect, useState } from 'react';

import { Explanation, sentenceOf } from '../../api/resources';
import type { GinkgoDataSource } from '../../datasource';
import { isComplete, isEmpty } from '../../query/question';
import { GinkgoQuery } from '../../types';
import { useLatest } from './useLatest';

/** What is known of the query before it runs. */
export interface Explained {
  explanation?: Explanation;
  error?: string;
  loading: boolean;
}

/** An answer with the query that it is about. */
interface Answered {
  asked: string;
  explanation?: Explanation;
  error?: string;
}

/** Typing is over after this. */
const PAUSE_MS = 400;

/** Explains the query as it stands, a moment after the last change; the last answer stays until the next. */
export function useExplain(
  datasource: GinkgoDataSource,
  query: GinkgoQuery,
  range: TimeRange | undefined,
  data: PanelData | undefined
): Explained {
  const [state, setState] = useState<Answered>({ asked: '' });
  const requestRef = useLatest({ query, range, data });
  const asked = isEmpty(query) || !isComplete(query) ? '' : JSON.stringify(query);
  const span = range ? range.to.valueOf() - range.from.valueOf() : 0;

  useEffect(() => {
    if (asked === '') {
      return;
    }
    let wanted = true;
    const answer = (answered: Answered) => wanted && setState(answered);
    const timer = setTimeout(() => {
      const { query, range, data } = requestRef.current;
      const { intervalMs, maxDataPoints, scopedVars } = data?.request ?? {};
      const interpolated = datasource.applyTemplateVariables(query, scopedVars ?? {});
      datasource.resources.explain(interpolated, { range, intervalMs, maxDataPoints }).then(
        (explanation) => answer({ asked, explanation }),
        (error: unknown) => answer({ asked, error: sentenceOf(error) })
      );
    }, PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [asked, span, datasource, requestRef]);

  if (asked === '') {
    return { loading: false };
  }
  const { explanation, error } = state;
  return state.asked === asked ? { explanation, error, loading: false } : { explanation, loading: true };
}
