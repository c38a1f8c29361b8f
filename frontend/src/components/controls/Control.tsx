import { EditorField } from '@grafana/plugin-ui';
import React, { cloneElement, ReactElement, useId } from 'react';

interface Props {
  label: string;
  tooltip?: string;
  error?: string;
  width?: number;
  /** The control; it gets the label's id, and is marked when there is an error. */
  children: ReactElement<{ id?: string; invalid?: boolean }>;
}

/** A control under its label, with the error that names it. */
export function Control({ label, tooltip, error, width, children }: Props) {
  const id = useId();
  return (
    <EditorField
      label={label}
      tooltip={tooltip}
      width={width}
      htmlFor={id}
      invalid={error !== undefined}
      error={error}
    >
      {cloneElement(children, { id, ...(error !== undefined && { invalid: true }) })}
    </EditorField>
  );
}
