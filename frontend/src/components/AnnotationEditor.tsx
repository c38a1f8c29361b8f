import React, { useCallback, useMemo } from 'react';

import { GinkgoQuery } from '../types';
import QueryEditor, { Props } from './QueryEditor';

/** The editor of annotations: the query editor, and what comes of it are events. */
export default function AnnotationEditor({ query, onChange, ...rest }: Props) {
  const events = useMemo<GinkgoQuery>(() => ({ ...query, result: 'events' }), [query]);
  const change = useCallback((next: GinkgoQuery) => onChange({ ...next, result: 'events' }), [onChange]);
  return <QueryEditor {...rest} query={events} onChange={change} fixedResult="events" />;
}
