import { Combobox } from '@grafana/ui';
import React, { useMemo } from 'react';

import { fixedValues, problemOf, withOperator } from '../../query/drafts';
import { ERROR_RESULTS, operatorsFor, valuesOf } from '../../query/words';
import { Filter } from '../../types';
import { FieldPicker } from '../controls/FieldPicker';
import { Named } from '../controls/Named';
import { including } from '../controls/options';
import { Row } from '../controls/Row';
import { ValuePicker, ValuesPicker } from '../controls/ValuePicker';
import { useValues } from '../hooks/useValues';
import { Part } from './context';

interface Props extends Part {
  filter: Filter;
  /** Which one it is, for people who hear the page. */
  position: number;
  onChange: (filter: Filter) => void;
  onRemove: () => void;
}

/** One filter: a field, an operator that its type takes, and values that it has. */
export function FilterRow({
  datasource,
  query,
  question,
  known,
  range,
  error,
  filter,
  position,
  onChange,
  onRemove,
}: Props) {
  const { result } = question;
  const fields = useMemo(
    () =>
      ERROR_RESULTS.includes(result) ? known.fields.filter(({ type }) => type !== 'level') : known.fields,
    [known.fields, result]
  );
  const info = known.fields.find(({ name }) => name === filter.field);
  const fixed = fixedValues(info?.type);
  const load = useValues(datasource, query, filter.field || undefined, range, fixed);
  const operators = useMemo(
    () => including(operatorsFor(info?.type), filter.operator),
    [info?.type, filter.operator]
  );
  const kind = valuesOf(filter.operator);
  const problem = filter.values
    .map((value) => problemOf(info?.type, value))
    .find((text) => text !== undefined);
  const wrong = problem ?? error;
  const name = (part: string) => `Filter ${position}: ${part}`;
  const example = info?.example ? `e.g. ${info.example}` : 'value';

  const chooseField = (field: string) => {
    const type = known.fields.find((candidate) => candidate.name === field)?.type;
    const fits = operatorsFor(type).some(({ value }) => value === filter.operator);
    const next = { ...filter, field, values: field === filter.field ? filter.values : [] };
    onChange(fits ? next : withOperator(next, '='));
  };
  return (
    <Row name={`filter ${position}`} error={wrong} onRemove={onRemove}>
      <Named name={name('field')}>
        <FieldPicker
          fields={fields}
          loading={known.loading}
          value={filter.field}
          invalid={wrong !== undefined}
          onChange={chooseField}
        />
      </Named>
      <Named name={name('operator')}>
        <Combobox
          options={operators}
          value={filter.operator}
          width={18}
          onChange={({ value }) => onChange(withOperator(filter, value))}
        />
      </Named>
      {kind === 'one' && (
        <Named name={name('value')}>
          <ValuePicker
            load={load}
            value={filter.values[0] ?? ''}
            placeholder={example}
            invalid={wrong !== undefined}
            onChange={(value) => onChange({ ...filter, values: [value] })}
          />
        </Named>
      )}
      {kind === 'many' && (
        <Named name={name('values')}>
          <ValuesPicker
            load={load}
            values={filter.values}
            placeholder={example}
            invalid={wrong !== undefined}
            onChange={(values) => onChange({ ...filter, values })}
          />
        </Named>
      )}
    </Row>
  );
}
