import { CoreApp, type DataSourceApi, type QueryEditorHelpProps, type QueryEditorProps } from '@grafana/data';
import React, { type ComponentType, useEffect } from 'react';

import { Answer } from './answer';
import { useSession } from './app';
import { type Query, type Session } from './session';

type Editor = ComponentType<QueryEditorProps<DataSourceApi, Query>>;
type Help = ComponentType<QueryEditorHelpProps<Query>>;

/** The query editor with its answer below. */
export function QueryView({ session }: { session: Session }) {
  const { query, data, app } = useSession(session);
  const Editor = session.plugin.components.QueryEditor as Editor | undefined;
  const Help = session.plugin.components.QueryEditorHelp as Help | undefined;
  const isUntouched = Object.keys(query).length === 1;
  const start = (example: Query) => {
    session.change(example);
    session.run();
  };
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
      {Help && isUntouched && app === CoreApp.Explore && (
        <section aria-label="Where to start">
          <Help datasource={session.datasource} query={query} onClickExample={start} />
        </section>
      )}
      <section aria-label="Answer" data-testid="answer">
        <Answer session={session} data={data} />
      </section>
    </>
  );
}
