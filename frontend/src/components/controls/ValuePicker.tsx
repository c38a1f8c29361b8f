import { Combobox, ComboboxOption, MultiCombobox } from '@grafana/ui';
import React, { useMemo } from 'react';

import { roomFor } from './options';

/** Looks for values with what was typed; stays the same object while it asks the same. */
export type Load = (typed: string) => Promise<ComboboxOption[]>;

interface OneProps {
  id?: string;
  load: Load;
  value: string;
  placeholder?: string;
  invalid?: boolean;
  width?: number;
  onChange: (value: string) => void;
}

/** Chooses a value, searched on the server; any text may be typed. */
export function ValuePicker({ load, value, width = 30, placeholder = 'value', onChange, ...rest }: OneProps) {
  return (
    <Combobox
      {...rest}
      options={load}
      value={value === '' ? null : { value, label: value }}
      width={width}
      placeholder={placeholder}
      createCustomValue
      onChange={(option) => onChange(option.value)}
    />
  );
}

interface ManyProps {
  id?: string;
  load: Load;
  values: string[];
  placeholder?: string;
  invalid?: boolean;
  onChange: (values: string[]) => void;
}

/** Chooses several values, searched on the server; any text may be typed. */
export function ValuesPicker({ load, values, placeholder = 'values', onChange, ...rest }: ManyProps) {
  const chosen = useMemo(() => values.map((value) => ({ value, label: value })), [values]);
  return (
    <MultiCombobox
      {...rest}
      options={load}
      value={chosen}
      width="auto"
      minWidth={roomFor(values, 30)}
      maxWidth={100}
      placeholder={placeholder}
      createCustomValue
      isClearable
      onChange={(options) => onChange(options.map(({ value }) => value))}
    />
  );
}
