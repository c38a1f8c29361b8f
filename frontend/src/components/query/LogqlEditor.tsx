import { CodeEditor, Field, Monaco, MonacoEditor } from '@grafana/ui';
import React, { useCallback, useEffect, useRef } from 'react';

import { errorAt } from '../../query/errors';
import { situation, STAGES } from '../../query/complete';
import { useLatest } from '../hooks/useLatest';
import { Part } from './context';
import { Complete, connect, LANGUAGE, register, Suggestion } from './logqlLanguage';

const MOST_VALUES = 100;

/** One's own LogQL, with labels, values and fields to choose from. */
export function LogqlEditor({ datasource, question, known, range, edit, error }: Part) {
  const complete = useCallback<Complete>(
    async (before) => {
      const here = situation(before);
      switch (here.kind) {
        case 'label':
          return known.fields
            .filter(({ found, sources }) => (found?.length ? found : (sources ?? [])).includes('label'))
            .map(field);
        case 'field':
          return known.fields.map(field);
        case 'stage':
          return STAGES.map((name) => ({ label: name, insert: name, kind: 'stage' as const }));
        case 'value': {
          const query = { system: known.systemName };
          const answer = await datasource.resources.values(query, here.field, { limit: MOST_VALUES, range });
          return answer.values.map(({ value }) => {
            const insert = value.replace(/[\\"]/g, '\\$&');
            return { label: value, insert: here.quote ? `"${insert}"` : insert, kind: 'value' as const };
          });
        }
        default:
          return [];
      }
    },
    [datasource, known, range]
  );
  const completeRef = useLatest(complete);
  const disconnectRef = useRef<() => void>(undefined);
  useEffect(() => () => disconnectRef.current?.(), []);
  const wrong = errorAt(error, 'expr');

  const mounted = (editor: MonacoEditor, monaco: Monaco) => {
    const model = editor.getModel();
    if (model) {
      disconnectRef.current = connect(model, () => completeRef.current);
    }
    editor.updateOptions({ ariaLabel: 'LogQL' });
    editor.addCommand(monaco.KeyMod.Shift | monaco.KeyCode.Enter, () => edit({ expr: editor.getValue() }));
  };
  return (
    <Field label="LogQL" invalid={wrong !== undefined} error={wrong} noMargin>
      <CodeEditor
        language={LANGUAGE}
        value={question.expr}
        height={100}
        showMiniMap={false}
        showLineNumbers={false}
        wordWrap
        monacoOptions={{ scrollBeyondLastLine: false, fixedOverflowWidgets: true }}
        onBeforeEditorMount={register}
        onEditorDidMount={mounted}
        onBlur={(expr) => edit({ expr })}
        onSave={(expr) => edit({ expr })}
      />
    </Field>
  );
}

function field({ name, type, example }: { name: string; type: string; example?: string | null }): Suggestion {
  return { label: name, insert: name, detail: example ? `${type}, e.g. ${example}` : type, kind: 'field' };
}
