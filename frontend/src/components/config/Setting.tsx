import { InlineField } from '@grafana/ui';
import React, { cloneElement, ReactElement, useId } from 'react';

interface Props {
  label: string;
  tooltip?: string;
  children: ReactElement<{ id?: string }>;
}

/** One setting beside its label. */
export function Setting({ label, tooltip, children }: Props) {
  const id = useId();
  return (
    <InlineField label={label} tooltip={tooltip} labelWidth={24} htmlFor={id}>
      {cloneElement(children, { id })}
    </InlineField>
  );
}
