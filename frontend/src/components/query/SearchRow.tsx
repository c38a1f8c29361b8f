import { Combobox, InlineSwitch } from '@grafana/ui';
import React from 'react';

import { SEARCH_OPERATORS } from '../../query/words';
import { Search } from '../../types';
import { Named } from '../controls/Named';
import { including } from '../controls/options';
import { Row } from '../controls/Row';
import { TextInput } from '../controls/TextInput';

const OPERATORS = SEARCH_OPERATORS.map((word) => ({ ...word, label: `The line ${word.label}` }));

interface Props {
  search: Search;
  position: number;
  error: string | undefined;
  onChange: (search: Search) => void;
  onRemove: () => void;
}

/** One condition on the raw line. */
export function SearchRow({ search, position, error, onChange, onRemove }: Props) {
  const name = (part: string) => `Search ${position}: ${part}`;
  return (
    <Row name={`search ${position}`} error={error} onRemove={onRemove}>
      <Named name={name('operator')}>
        <Combobox
          options={including(OPERATORS, search.operator)}
          value={search.operator}
          width={26}
          onChange={({ value }) => onChange({ ...search, operator: value })}
        />
      </Named>
      <TextInput
        aria-label={name('text')}
        width={40}
        value={search.text}
        placeholder="text"
        invalid={error !== undefined}
        onChange={(text) => onChange({ ...search, text })}
      />
      <InlineSwitch
        aria-label={name('capital letters count')}
        label="Aa"
        showLabel
        transparent
        value={search.caseSensitive === true}
        onChange={(event) => {
          const { caseSensitive: _, ...rest } = search;
          onChange(event.currentTarget.checked ? { ...rest, caseSensitive: true } : rest);
        }}
      />
    </Row>
  );
}
