import { QueryEditorHelpProps } from '@grafana/data';
import { Button, Stack, Text } from '@grafana/ui';
import React from 'react';

import { sentence } from '../query/sentence';
import { GinkgoQuery } from '../types';

const STARTS: Array<{ title: string; query: Partial<GinkgoQuery> }> = [
  { title: 'What goes wrong most', query: { queryType: 'any', result: 'topErrors' } },
  {
    title: 'Warnings and worse',
    query: { queryType: 'any', filters: [{ field: 'level', operator: '>=', values: ['warning'] }] },
  },
  {
    title: 'How many errors, by portfolio',
    query: { queryType: 'portfolio', result: 'errorRate', groupBy: ['portfolio_id'] },
  },
  {
    title: 'Strategies that went silent',
    query: { queryType: 'strategy', result: 'lastSeen', groupBy: ['strategy_id'] },
  },
  {
    title: 'How slow things are',
    query: {
      queryType: 'any',
      result: 'value',
      measure: { field: 'duration_ms', aggregation: 'p95' },
      groupBy: ['component_name'],
    },
  },
  { title: 'Everything', query: { queryType: 'any' } },
];

/** Where one may start, in Explore, while nothing is asked. */
export default function Help({ onClickExample }: QueryEditorHelpProps<GinkgoQuery>) {
  return (
    <Stack direction="column" gap={2}>
      <Text element="h2" variant="h4">
        Where to start
      </Text>
      <Text>
        Ask for a portfolio, a strategy, a trace or a run above, or take one of these and change it.
      </Text>
      {STARTS.map(({ title, query }) => (
        <Stack key={title} direction="row" gap={2} alignItems="center" wrap="wrap">
          <Button variant="secondary" onClick={() => onClickExample({ refId: 'A', ...query })}>
            {title}
          </Button>
          <Text color="secondary">{sentence({ refId: 'A', ...query })}</Text>
        </Stack>
      ))}
    </Stack>
  );
}
