import {
  type CustomVariableSupport,
  type DataQueryResponse,
  type DataSourceApi,
  type QueryEditorProps,
} from '@grafana/data';
import { Alert } from '@grafana/ui';
import React, { type ComponentType, useCallback, useState } from 'react';
import { lastValueFrom } from 'rxjs';

import { type Query, type Session } from './session';
import { useFound } from './useFound';

type Support = CustomVariableSupport<DataSourceApi, Query>;

/** Grafana's reading of a variable's answer: the columns `text` and `value`. */
function read({ data, errors }: DataQueryResponse) {
  if (errors?.length) {
    throw errors[0];
  }
  const column = (name: string): unknown[] =>
    data[0]?.fields?.find((field: { name: string }) => field.name === name)?.values ?? [];
  const [texts, values] = [column('text'), column('value')];
  return (values.length > 0 ? values : texts).map((value, at) => ({
    text: String(texts[at] ?? value),
    value: String(value),
  }));
}

/** The editor of a dashboard variable with the values that it finds. */
export function VariableView({ session }: { session: Session }) {
  const support = session.datasource.variables as Support | undefined;
  const [query, setQuery] = useState<Query>(() => ({
    ...support?.getDefaultQuery?.(),
    ...session.state.value.query,
  }));
  const find = useCallback(
    async () => (support ? read(await lastValueFrom(support.query(session.request([query])))) : []),
    [session, support, query]
  );
  const { found = [], failure, again } = useFound(find);
  if (!support) {
    return <p>The plugin has no variables.</p>;
  }
  const Editor = support.editor as ComponentType<QueryEditorProps<DataSourceApi, Query>>;
  const change = (next: Query) => {
    session.models.push(next);
    setQuery(next);
  };
  return (
    <>
      <section aria-label="Variable editor" data-testid="variable-editor">
        <Editor
          datasource={session.datasource}
          query={query}
          onChange={change}
          onRunQuery={again}
          range={session.range()}
        />
      </section>
      {failure && <Alert severity="error" title={failure} />}
      <ul aria-label="Values of the variable">
        {found.slice(0, 100).map(({ text, value }) => (
          <li key={value} data-value={value}>
            {text}
          </li>
        ))}
      </ul>
    </>
  );
}
