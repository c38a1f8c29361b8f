import { EditorRow } from '@grafana/plugin-ui';
import { RadioButtonGroup } from '@grafana/ui';
import React from 'react';

import { isDuration, isLimit, MOST_LINES } from '../../query/drafts';
import { errorAt, placeOf } from '../../query/errors';
import { DIRECTIONS, label, LINE_RESULTS, METRIC_RESULTS } from '../../query/words';
import { CheckedInput } from '../controls/CheckedInput';
import { Control } from '../controls/Control';
import { Fold } from '../controls/Fold';
import { TextInput } from '../controls/TextInput';
import { Part } from './context';

const HERE = ['limit', 'direction', 'legendFormat', 'step', 'delay'];
const NO_DURATION = 'is no duration: write 30s, 5m, 1h30m';

/** What most people leave as it is. */
export function Options({ question, datasource, edit, error }: Part) {
  const { result, queryType } = question;
  const isLines = LINE_RESULTS.includes(result);
  const isMetric = METRIC_RESULTS.includes(result) || queryType === 'logql';
  const hasStep = isMetric && !question.instant && result !== 'lastSeen';
  return (
    <Fold title="Options" summary={summary(question)} open={HERE.includes(placeOf(error)?.key ?? '')}>
      <EditorRow>
        {result !== 'lastSeen' && (
          <CheckedInput
            label={isLines ? 'Most lines' : result === 'topErrors' ? 'Most rows' : 'Most groups'}
            value={question.limit}
            placeholder={
              isLines ? `${datasource.options.maxLines ?? 1000}` : result === 'topErrors' ? '100' : '500'
            }
            error={errorAt(error, 'limit')}
            check={isLimit}
            problem={`is no whole number from 1 to ${MOST_LINES}`}
            onChange={(limit) => edit({ limit })}
          />
        )}
        {isLines && (
          <Control label="Order" error={errorAt(error, 'direction')}>
            <RadioButtonGroup
              aria-label="Order"
              options={DIRECTIONS.map((word): { value: string; label: string } => word)}
              value={question.direction}
              onChange={(direction) => edit({ direction })}
            />
          </Control>
        )}
        {isMetric && (
          <Control
            label="Legend"
            tooltip="{{strategy_id}} is the group's value"
            error={errorAt(error, 'legendFormat')}
          >
            <TextInput
              width={28}
              value={question.legendFormat}
              placeholder="the groups' values"
              onChange={(legendFormat) => edit({ legendFormat })}
            />
          </Control>
        )}
        {hasStep && (
          <CheckedInput
            label="A point every"
            value={question.step}
            placeholder="automatic"
            error={errorAt(error, 'step')}
            check={isDuration}
            problem={NO_DURATION}
            onChange={(step) => edit({ step })}
          />
        )}
        <CheckedInput
          label="Ask late by"
          tooltip="Moves the time back, for logs that arrive late"
          value={question.delay}
          placeholder="not at all"
          error={errorAt(error, 'delay')}
          check={isDuration}
          problem={NO_DURATION}
          onChange={(delay) => edit({ delay })}
        />
      </EditorRow>
    </Fold>
  );
}

function summary({ limit, direction, legendFormat, step, delay }: Part['question']): string {
  const parts = [
    limit && `at most ${limit}`,
    direction !== 'backward' && label(DIRECTIONS, direction).toLowerCase(),
    legendFormat && `legend ${legendFormat}`,
    step && `a point every ${step}`,
    delay && `late by ${delay}`,
  ];
  return parts.filter(Boolean).join(', ');
}
