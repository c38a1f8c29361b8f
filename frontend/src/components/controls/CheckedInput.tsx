import React from 'react';

import { useSynced } from '../hooks/useSynced';
import { Control } from './Control';
import { TextInput } from './TextInput';

interface Props {
  label: string;
  tooltip?: string;
  value: string;
  placeholder?: string;
  error?: string;
  width?: number;
  /** Whether a text may be written; one that may not stays here, with `problem` beside it. */
  check: (text: string) => boolean;
  problem: string;
  onChange: (value: string) => void;
}

/** A text that must be a duration, a number, …; what is none is not written. */
export function CheckedInput({
  label,
  tooltip,
  value,
  error,
  check,
  problem,
  width = 14,
  onChange,
  ...rest
}: Props) {
  const [text, setText] = useSynced(value);
  const wrong = check(text) ? error : `“${text}” ${problem}`;
  return (
    <Control label={label} tooltip={tooltip} error={wrong}>
      <TextInput
        {...rest}
        width={width}
        value={text}
        onChange={(next) => {
          const trimmed = next.trim();
          setText(trimmed);
          if (check(trimmed)) {
            onChange(trimmed);
          }
        }}
      />
    </Control>
  );
}
