import { Button, Stack, Text } from '@grafana/ui';
import React from 'react';

import { sentence } from '../../query/sentence';
import { Start } from '../../query/starts';
import { GinkgoQuery } from '../../types';

interface Props {
  starts: Start[];
  onStart: (query: Partial<GinkgoQuery>) => void;
}

/** Questions to begin with, each with what it says. */
export function Starts({ starts, onStart }: Props) {
  return (
    <Stack direction="column" gap={1}>
      {starts.map(({ title, query }) => (
        <Stack key={title} direction="row" gap={2} alignItems="center" wrap="wrap">
          <Button size="sm" variant="secondary" onClick={() => onStart(query)}>
            {title}
          </Button>
          <Text color="secondary" variant="bodySmall">
            {sentence({ refId: 'A', ...query })}
          </Text>
        </Stack>
      ))}
    </Stack>
  );
}
