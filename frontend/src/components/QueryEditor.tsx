import { CoreApp, QueryEditorProps } from '@grafana/data';
import { EditorRows } from '@grafana/plugin-ui';
import React, { lazy, Suspense, useEffect, useMemo } from 'react';

import { Explanation } from '../api/resources';
import type { GinkgoDataSource } from '../datasource';
import { isEmpty, read } from '../query/question';
import { starts } from '../query/starts';
import { LINE_RESULTS } from '../query/words';
import { GinkgoOptions, GinkgoQuery } from '../types';
import { useEdit } from './hooks/useEdit';
import { useExplain } from './hooks/useExplain';
import { useKnown } from './hooks/useKnown';
import { useSortOrder } from './hooks/useSortOrder';
import { Conditions } from './query/Conditions';
import { Part } from './query/context';
import { EventOptions } from './query/EventOptions';
import { Explain, isHeavy } from './query/Explain';
import { Options } from './query/Options';
import { Sentence } from './query/Sentence';
import { Starts } from './query/Starts';

const LogqlEditor = lazy(() =>
  import(/* webpackChunkName: "logql-editor" */ './query/LogqlEditor').then((module) => ({
    default: module.LogqlEditor,
  }))
);

export interface Props extends QueryEditorProps<GinkgoDataSource, GinkgoQuery, GinkgoOptions> {
  /** The result that is not to choose: annotations are events. */
  fixedResult?: string;
}

/** The query editor: a question in words, what it needs, and what becomes of it. */
export default function QueryEditor(props: Props) {
  const { datasource, query, app, data, range, onRunQuery, onAddQuery, fixedResult } = props;
  const question = useMemo(() => read(query), [query]);
  const { edit, replace, weigh } = useEdit(props);
  const known = useKnown(datasource, question.system, range);
  const explained = useExplain(datasource, query, range, data);
  const isLogql = question.queryType === 'logql';
  useSortOrder(app, LINE_RESULTS.includes(question.result), edit);

  const heavy = isHeavy(explained);
  const { loading } = explained;
  useEffect(() => {
    if (!loading) {
      weigh(heavy);
    }
  }, [heavy, loading, weigh]);

  const failed = data?.errors?.find(({ refId }) => refId === query.refId)?.message ?? explained.error;
  const part: Part = {
    datasource,
    query,
    question,
    edit,
    known,
    range,
    app,
    error: explained.error ?? failed,
  };

  const openAsLogql = ({ expr }: Explanation) => {
    // A question to several parts of the streams is several queries.
    const [first, ...others] = expr.split('\n');
    const as = (text: string) => ({ ...query, queryType: 'logql', expr: text });
    const next = as(first ?? '');
    for (const key of ['ids', 'filters', 'search', 'groupBy', 'measure', 'events', 'result'] as const) {
      delete next[key];
    }
    others.forEach((text) => onAddQuery?.({ ...next, expr: text, refId: '' }));
    replace(next);
  };
  return (
    <EditorRows>
      <Sentence {...part} fixedResult={fixedResult} />
      {isLogql && (
        <Suspense fallback={<div style={{ height: 130 }} />}>
          <LogqlEditor {...part} />
        </Suspense>
      )}
      {question.result === 'events' && !isLogql && <EventOptions {...part} />}
      <div>
        {!isLogql && <Conditions {...part} />}
        <Options {...part} />
        <Explain explained={explained} isLogql={isLogql} onOpenAsLogql={openAsLogql} onRun={onRunQuery} />
      </div>
      {/* Explore has no page of its own for this. */}
      {app === CoreApp.Explore && isEmpty(query) && (
        <section aria-label="Where to start">
          <Starts starts={starts(known.system?.roles)} onStart={(start) => replace({ ...query, ...start })} />
        </section>
      )}
    </EditorRows>
  );
}
