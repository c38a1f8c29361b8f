import { QueryEditorHelpProps } from '@grafana/data';
import { Stack, Text } from '@grafana/ui';
import React from 'react';

import { starts } from '../query/starts';
import { GinkgoQuery } from '../types';
import { Starts } from './query/Starts';

/** What Grafana shows when somebody asks for help with a query. */
export default function Help({ onClickExample }: QueryEditorHelpProps<GinkgoQuery>) {
  return (
    <Stack direction="column" gap={2}>
      <Text element="h2" variant="h4">
        Where to start
      </Text>
      <Text>
        Ask for a portfolio, a strategy, a trace or a run above, or take one of these and change it.
      </Text>
      <Starts starts={starts()} onStart={(query) => onClickExample({ refId: 'A', ...query })} />
    </Stack>
  );
}
