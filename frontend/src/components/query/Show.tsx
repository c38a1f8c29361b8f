import { Combobox } from '@grafana/ui';
import React, { useEffect, useMemo } from 'react';

import { FieldInfo } from '../../api/resources';
import { errorAt } from '../../query/errors';
import { roleField } from '../../query/systems';
import { AGGREGATIONS, ERROR_RESULTS, Word } from '../../query/words';
import { Control } from '../controls/Control';
import { FieldPicker } from '../controls/FieldPicker';
import { including } from '../controls/options';
import { useSynced } from '../hooks/useSynced';
import { Part } from './context';

interface Props extends Part {
  results: Word[];
}

/** What is shown, and for the value of a field which and how. */
export function Show({ datasource, question, known, edit, error, results }: Props) {
  const { result, measure } = question;
  // A value needs a field: until there is one, the choice stands here only.
  const [wanted, setWanted] = useSynced(result);
  const isWanting = wanted === 'value' && result !== 'value';
  const numbers = useMemo(() => known.fields.filter(({ type }) => type === 'number'), [known.fields]);
  const options = useMemo(() => including(results, wanted), [results, wanted]);

  // These tell errors by the level themselves; the settings know it before the fields have come.
  const level = roleField(known.systemName, 'level', datasource.options);
  const levels = known.fields.filter(({ type }) => type === 'level').map(({ name }) => name);
  const withoutLevel = question.filters.filter(({ field }) => field !== level && !levels.includes(field));

  const choose = (value: string) => {
    if (value !== 'value' || measure) {
      edit(ERROR_RESULTS.includes(value) ? { result: value, filters: withoutLevel } : { result: value });
      return;
    }
    setWanted(value);
  };
  // The fields may arrive after the choice.
  const field = likely(numbers)?.name;
  useEffect(() => {
    if (isWanting && field !== undefined) {
      edit({ result: 'value', measure: { field, aggregation: 'avg' } });
    }
  }, [isWanting, field, edit]);

  return (
    <>
      <Control label="Show" error={errorAt(error, 'result')}>
        <Combobox options={options} value={wanted} width={24} onChange={({ value }) => choose(value)} />
      </Control>
      {wanted === 'value' && (
        <>
          <Control label="Of the field" error={errorAt(error, 'measure')}>
            <FieldPicker
              fields={numbers}
              loading={known.loading}
              value={measure?.field ?? ''}
              placeholder="a number"
              onChange={(field) =>
                edit({ result: 'value', measure: { aggregation: 'avg', ...measure, field } })
              }
            />
          </Control>
          {measure && (
            <Control label="Take the">
              <Combobox
                options={including(AGGREGATIONS, measure.aggregation)}
                value={measure.aggregation}
                width={18}
                onChange={({ value }) => edit({ measure: { ...measure, aggregation: value } })}
              />
            </Control>
          )}
        </>
      )}
    </>
  );
}

/** The number that people mean most often: how long things took. */
function likely(numbers: FieldInfo[]): FieldInfo | undefined {
  return numbers.find(({ role }) => role === 'duration') ?? numbers[0];
}
