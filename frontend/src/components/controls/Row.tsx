import { FieldValidationMessage, IconButton, Stack } from '@grafana/ui';
import React, { ReactNode } from 'react';

interface Props {
  /** What the row is, for its button: "filter 1". */
  name: string;
  error?: string;
  onRemove: () => void;
  children: ReactNode;
}

/** A row of a list, with what is wrong with it and the way to be rid of it. */
export function Row({ name, error, onRemove, children }: Props) {
  return (
    <div>
      <Stack direction="row" gap={0.5} alignItems="center" wrap="wrap">
        {children}
        <IconButton name="times" tooltip={`Remove ${name}`} onClick={onRemove} />
      </Stack>
      {error !== undefined && <FieldValidationMessage>{error}</FieldValidationMessage>}
    </div>
  );
}
