import { Input } from '@grafana/ui';
import React from 'react';

import { useSynced } from '../hooks/useSynced';

interface Props {
  id?: string;
  'aria-label'?: string;
  value: string;
  placeholder?: string;
  invalid?: boolean;
  width?: number;
  type?: string;
  onChange: (value: string) => void;
}

/** A text that is written when it is finished: on Enter, or when the focus goes. */
export function TextInput({ value, onChange, ...rest }: Props) {
  const [text, setText] = useSynced(value);
  const finish = () => text !== value && onChange(text);
  return (
    <Input
      {...rest}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={finish}
      onKeyDown={(event) => event.key === 'Enter' && finish()}
    />
  );
}
