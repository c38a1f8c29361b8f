import { Button, Combobox, IconButton, Stack } from '@grafana/ui';
import React, { useMemo } from 'react';

import { LEVELS } from '../../query/words';
import { Named } from '../controls/Named';
import { including } from '../controls/options';
import { TextInput } from '../controls/TextInput';
import { useDrafts } from '../hooks/useDrafts';

const OPTIONS = LEVELS.map((value) => ({ value, label: value }));

interface Props {
  map: Record<string, string> | undefined;
  onChange: (map: Record<string, string> | undefined) => void;
}

interface Entry {
  word: string;
  level: string;
}

/** More words for levels: which one a word of the lines means. */
export function LevelMap({ map, onChange }: Props) {
  const written = useMemo<Entry[]>(
    () => Object.entries(map ?? {}).map(([word, level]) => ({ word, level })),
    [map]
  );
  const [entries, setEntries] = useDrafts<Entry>(
    written,
    ({ word, level }) => word !== '' && level !== '',
    (complete) =>
      onChange(
        complete.length === 0
          ? undefined
          : Object.fromEntries(complete.map(({ word, level }) => [word, level]))
      )
  );
  const put = (index: number, change: Partial<Entry>) =>
    setEntries(entries.map((entry, at) => (at === index ? { ...entry, ...change } : entry)));
  return (
    <Stack direction="column" gap={1} alignItems="flex-start">
      {entries.map(({ word, level }, index) => (
        <Stack key={index} direction="row" gap={1} alignItems="center">
          <TextInput
            aria-label={`Level word ${index + 1}`}
            width={20}
            value={word}
            placeholder="severe"
            onChange={(text) => put(index, { word: text.trim() })}
          />
          <span>means</span>
          <Named name={`Level of word ${index + 1}`}>
            <Combobox
              options={including(OPTIONS, level)}
              value={level || null}
              placeholder="level"
              width={16}
              onChange={({ value }) => put(index, { level: value })}
            />
          </Named>
          <IconButton
            name="times"
            tooltip={`Remove level word ${index + 1}`}
            onClick={() => setEntries(entries.filter((_, at) => at !== index))}
          />
        </Stack>
      ))}
      <Button
        size="sm"
        variant="secondary"
        icon="plus"
        onClick={() => setEntries([...entries, { word: '', level: '' }])}
      >
        Add word
      </Button>
    </Stack>
  );
}
