import { RadioButtonGroup } from '@grafana/ui';
import React, { useMemo } from 'react';

import { isDuration } from '../../query/drafts';
import { errorAt } from '../../query/errors';
import { GROUPED_RESULTS, ID_TYPES, METRIC_RESULTS } from '../../query/words';
import { CheckedInput } from '../controls/CheckedInput';
import { Control } from '../controls/Control';
import { FieldsPicker } from '../controls/FieldPicker';
import { isAlerting } from '../hooks/useEdit';
import { Part } from './context';

/** Roles that people group by; their fields come first. */
const GROUPS = [
  'strategy',
  'portfolio',
  'run',
  'level',
  'event',
  'symbol',
  'component',
  'service',
  'error_type',
];

/** What a result needs: groups, a window, columns. */
export function Needs({ question, known, edit, error, app }: Part) {
  const { result, queryType, ids, groupBy } = question;
  const fields = useMemo(() => {
    const rank = (role: string | null) =>
      role && GROUPS.includes(role) ? GROUPS.indexOf(role) : GROUPS.length;
    const groups = known.fields.filter(({ type }) => type !== 'number' && type !== 'time' && type !== 'json');
    return groups.sort((a, b) => rank(a.role) - rank(b.role));
  }, [known.fields]);
  const own = ID_TYPES.includes(queryType) && ids.length > 1;
  const isMetric = METRIC_RESULTS.includes(result);
  return (
    <>
      {result === 'table' && (
        <Control label="Columns" error={errorAt(error, 'columns')}>
          <FieldsPicker
            fields={known.fields}
            loading={known.loading}
            values={question.columns}
            placeholder="the usual ones"
            onChange={(columns) => edit({ columns })}
          />
        </Control>
      )}
      {GROUPED_RESULTS.includes(result) && (
        <Control label="For each" error={errorAt(error, 'groupBy')} tooltip="A line or a row for each value">
          <FieldsPicker
            fields={fields}
            loading={known.loading}
            values={groupBy ?? []}
            placeholder={own && groupBy === undefined ? queryType : 'all together'}
            onChange={(names) => edit({ groupBy: names.length === 0 && !own ? undefined : names })}
          />
        </Control>
      )}
      {isMetric && (
        <CheckedInput
          label={result === 'lastSeen' ? 'Look back' : 'Over the last'}
          tooltip={isAlerting(app) ? 'Alert rules always have one' : 'How much time each point looks back on'}
          value={question.window}
          placeholder={result === 'lastSeen' ? '24h' : 'automatic'}
          error={errorAt(error, 'window')}
          check={isDuration}
          problem="is no duration: write 30s, 5m, 1h30m"
          onChange={(window) => edit({ window })}
        />
      )}
      {isMetric && result !== 'lastSeen' && (
        <Control label="As" error={errorAt(error, 'instant')}>
          <RadioButtonGroup
            aria-label="As"
            options={[
              { value: false, label: 'Chart', description: 'A number for each moment' },
              { value: true, label: 'One number', description: 'For the whole time' },
            ]}
            value={question.instant}
            onChange={(instant) => edit({ instant })}
          />
        </Control>
      )}
    </>
  );
}
