import { EditorRow } from '@grafana/plugin-ui';
import React, { useCallback, useState } from 'react';

import { FieldInfo } from '../../api/resources';
import { errorAt } from '../../query/errors';
import { Events } from '../../types';
import { Control } from '../controls/Control';
import { FieldPicker, FieldsPicker } from '../controls/FieldPicker';
import { TextInput } from '../controls/TextInput';
import { ValuesPicker } from '../controls/ValuePicker';
import { useLatest } from '../hooks/useLatest';
import { useValues } from '../hooks/useValues';
import { Part } from './context';

/** What result `events` makes of the lines: points, or periods from one line to another. */
export function EventOptions({ datasource, query, question, known, range, edit, error }: Part) {
  const { events } = question;
  const field = events.field || nameOf(known.fields, 'event', 'level') || '';
  const { systemName } = known;
  const rangeRef = useLatest(range);
  // The list may open before the fields are known.
  const happened = useCallback(async () => {
    const { fields } = await datasource.knowledge.fields(systemName, rangeRef.current);
    return nameOf(fields, 'event', 'level');
  }, [datasource, systemName, rangeRef]);
  const load = useValues(datasource, query, events.field || happened, range);
  const wrong = errorAt(error, 'events');
  const [half, setHalf] = useState<{ start: string[]; end: string[] }>();
  const start = events.start ?? half?.start ?? [];
  const end = events.end ?? half?.end ?? [];

  const set = (change: Partial<Events>) => {
    const next: Record<string, unknown> = { ...events, start, end, ...change };
    setHalf({ start: next.start as string[], end: next.end as string[] });
    // A period needs both: one alone stays here.
    if ((next.start as string[]).length === 0 || (next.end as string[]).length === 0) {
      delete next.start;
      delete next.end;
    }
    for (const [key, value] of Object.entries(next)) {
      if (value === '' || (Array.isArray(value) && value.length === 0)) {
        delete next[key];
      }
    }
    edit({ events: next });
  };
  return (
    <EditorRow>
      <Control label="What happened is in" error={wrong}>
        <FieldPicker
          fields={known.fields}
          loading={known.loading}
          value={events.field ?? ''}
          placeholder={field || 'field'}
          onChange={(name) => set({ field: name })}
        />
      </Control>
      <Control label="Periods start with" tooltip="Empty: each line is a point of its own">
        <ValuesPicker
          load={load}
          values={start}
          placeholder="points only"
          onChange={(values) => set({ start: values })}
        />
      </Control>
      {start.length > 0 && (
        <>
          <Control label="and end with">
            <ValuesPicker
              load={load}
              values={end}
              placeholder="values"
              onChange={(values) => set({ end: values })}
            />
          </Control>
          <Control label="of the same">
            <FieldPicker
              fields={known.fields}
              loading={known.loading}
              value={events.key ?? ''}
              placeholder={nameOf(known.fields, 'run', 'trace') ?? 'field'}
              onChange={(name) => set({ key: name })}
            />
          </Control>
        </>
      )}
      <Control label="Title">
        <TextInput
          width={26}
          value={events.title ?? ''}
          placeholder={`{{${field}}}`}
          onChange={(title) => set({ title })}
        />
      </Control>
      <Control label="Text">
        <TextInput
          width={26}
          value={events.text ?? ''}
          placeholder="{{message}}"
          onChange={(text) => set({ text })}
        />
      </Control>
      <Control label="Tags">
        <FieldsPicker
          fields={known.fields}
          loading={known.loading}
          values={events.tags ?? []}
          placeholder={field}
          onChange={(tags) => set({ tags })}
        />
      </Control>
    </EditorRow>
  );
}

/** The field that has the first of these roles that a field has. */
function nameOf(fields: FieldInfo[], ...roles: string[]): string | undefined {
  const found = roles.map((role) => fields.find((field) => field.role === role));
  return found.find((field) => field !== undefined)?.name;
}
