import { QueryEditorProps } from '@grafana/data';
import { EditorRow, EditorRows } from '@grafana/plugin-ui';
import { Switch } from '@grafana/ui';
import React, { useEffect, useMemo } from 'react';

import type { GinkgoDataSource } from '../datasource';
import { isLimit, MOST_LINES } from '../query/drafts';
import { read } from '../query/question';
import { ID_TYPES } from '../query/words';
import { GinkgoOptions, GinkgoQuery, GinkgoVariableQuery } from '../types';
import { asVariable, DEFAULT_OPTIONS } from '../variables';
import { CheckedInput } from './controls/CheckedInput';
import { Control } from './controls/Control';
import { FieldPicker } from './controls/FieldPicker';
import { useEdit } from './hooks/useEdit';
import { useKnown } from './hooks/useKnown';
import { Ask } from './query/Ask';
import { Conditions } from './query/Conditions';
import { Part } from './query/context';
import { Ids } from './query/Ids';
import { SystemPicker } from './query/SystemPicker';

type Props = QueryEditorProps<GinkgoDataSource, GinkgoQuery, GinkgoOptions, GinkgoVariableQuery>;

/** The editor of a dashboard variable: the values of which field, of which lines. */
export default function VariableEditor({ query: stored, datasource, onChange, range }: Props) {
  const query = useMemo(() => asVariable(stored), [stored]);
  const question = useMemo(() => read(query), [query]);
  const { edit, replace } = useEdit({ query, onChange, onRunQuery: () => undefined });
  const known = useKnown(datasource, question.system, range);
  const part: Part = { datasource, query, question, edit, known, range, app: undefined, error: undefined };

  // A variable that another data source wrote is written as this one's before anybody touches it.
  useEffect(() => {
    if (query !== stored && query.field) {
      onChange(query);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return (
    <EditorRows>
      <EditorRow>
        <Control label="Values of">
          <FieldPicker
            fields={known.fields}
            loading={known.loading}
            value={query.field ?? ''}
            onChange={(field) => replace({ ...query, field } as GinkgoQuery)}
          />
        </Control>
        {known.systems.length > 1 && <SystemPicker {...part} />}
        <Ask {...part} withoutLogql />
        {ID_TYPES.includes(question.queryType) && <Ids {...part} />}
        <CheckedInput
          label="Most values"
          value={question.limit}
          placeholder={`${DEFAULT_OPTIONS}`}
          check={isLimit}
          problem={`is no whole number from 1 to ${MOST_LINES}`}
          onChange={(limit) => edit({ limit })}
        />
        <Control label="Show counts" tooltip="The number of lines stands behind each value">
          <Switch
            value={query.showCounts === true}
            onChange={(event) => {
              const { showCounts: _, ...rest } = query;
              replace((event.currentTarget.checked ? { ...rest, showCounts: true } : rest) as GinkgoQuery);
            }}
          />
        </Control>
      </EditorRow>
      <Conditions {...part} />
    </EditorRows>
  );
}
