/** Annotations: points and periods that the backend makes of lines (result `events`). */
import { AnnotationSupport } from '@grafana/data';
import { lazy } from 'react';

import { GinkgoQuery } from './types';

const AnnotationEditor = lazy(
  () => import(/* webpackChunkName: "query-editor" */ './components/AnnotationEditor')
);

/** What Grafana's annotations need; mapping to events is by the frame's names, as Grafana does it itself. */
export const annotations: AnnotationSupport<GinkgoQuery> = {
  QueryEditor: AnnotationEditor as unknown as AnnotationSupport<GinkgoQuery>['QueryEditor'],
  getDefaultQuery: () => ({ queryType: 'any', result: 'events' }),
  // Without a target nothing was changed yet: then it is what the editor shows.
  prepareQuery: ({ target }) => ({
    ...target,
    refId: target?.refId || 'Anno',
    queryType: target?.queryType || 'any',
    result: 'events',
  }),
};
