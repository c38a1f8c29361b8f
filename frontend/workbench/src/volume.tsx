import {
  type DataFrame,
  type DataQueryRequest,
  hasSupplementaryQuerySupport,
  LoadingState,
  SupplementaryQueryType,
} from '@grafana/data';
import React, { useEffect, useState } from 'react';

import { Chart } from './chart';
import { type Query, type Session } from './session';

interface Props {
  session: Session;
  request?: DataQueryRequest;
  width: number;
}

/** The volume of the lines by level, which Explore draws above them. */
export function Volume({ session, request, width }: Props) {
  const [answer, setAnswer] = useState<{ request: DataQueryRequest; frames: DataFrame[] }>();
  useEffect(() => {
    const { datasource } = session;
    if (!request || !hasSupplementaryQuerySupport<Query>(datasource, SupplementaryQueryType.LogsVolume)) {
      return;
    }
    const asked = datasource.getSupplementaryRequest?.(SupplementaryQueryType.LogsVolume, request);
    const watching =
      asked &&
      session.ask({ ...asked, requestId: `${request.requestId}_volume` }).subscribe(({ data, state }) => {
        if (state !== LoadingState.Loading) {
          setAnswer({ request, frames: data });
        }
      });
    return () => watching?.unsubscribe();
  }, [session, request]);
  if (!request || answer?.request !== request || answer.frames.length === 0) {
    return null;
  }
  return <Chart label="Log volume" frames={answer.frames} range={request.range} width={width} height={130} />;
}
