import { type DataSourceApi, type QueryEditorProps } from '@grafana/data';
import React, { type ComponentType, useEffect } from 'react';

import { Answer } from './answer';
import { useSession } from './app';
import { type Query, type Session } from './session';

type Editor = ComponentType<QueryEditorProps<DataSourceApi, Query>>;

/** The query editor with its answer below. */
export function QueryView({ session }: { session: Session }) {
  const { query, data, app } = useSession(session);
  const Editor = session.plugin.components.QueryEditor as Editor | undefined;
  useEffect(() => {
    // As in Grafana: a query that holds only a refId is not run on load.
    if (Object.keys(session.state.value.query).length > 1) {
      session.run();
    }
  }, [session]);
  if (!Editor) {
    return <p>The plugin has no query editor.</p>;
  }
  return (
    <>
      <section aria-label="Query editor" data-testid="query-editor">
        <Editor
          datasource={session.datasource}
          query={query}
          onChange={session.change}
          onRunQuery={session.run}
          onAddQuery={session.change}
          data={data}
          range={session.state.value.data.timeRange}
          queries={[query]}
          history={[]}
          app={app}
        />
      </section>
      <section aria-label="Answer" data-testid="answer">
        <Answer session={session} data={data} />
      </section>
    </>
  );
}
