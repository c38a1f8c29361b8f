import { Combobox, MultiCombobox } from '@grafana/ui';
import React, { useMemo } from 'react';

import { FieldInfo } from '../../api/resources';
import { fieldOption, including, roomFor } from './options';

interface OneProps {
  id?: string;
  fields: FieldInfo[];
  /** Whether fields may still come. */
  loading?: boolean;
  value: string;
  placeholder?: string;
  invalid?: boolean;
  width?: number;
  onChange: (name: string) => void;
}

/** Chooses a field; a name that is not listed may be typed. */
export function FieldPicker({
  fields,
  value,
  width = 26,
  placeholder = 'field',
  onChange,
  ...rest
}: OneProps) {
  const options = useMemo(() => including(fields.map(fieldOption), value), [fields, value]);
  return (
    <Combobox
      {...rest}
      options={options}
      value={value || null}
      width={width}
      placeholder={placeholder}
      createCustomValue
      onChange={(option) => onChange(option.value)}
    />
  );
}

interface ManyProps {
  id?: string;
  fields: FieldInfo[];
  /** Whether fields may still come. */
  loading?: boolean;
  values: string[];
  placeholder?: string;
  invalid?: boolean;
  onChange: (names: string[]) => void;
}

/** Chooses several fields, in the order of choosing. */
export function FieldsPicker({ fields, values, placeholder, onChange, ...rest }: ManyProps) {
  const options = useMemo(() => including(fields.map(fieldOption), ...values), [fields, values]);
  return (
    <MultiCombobox
      {...rest}
      options={options}
      value={values}
      width="auto"
      minWidth={roomFor(values, 32)}
      maxWidth={80}
      placeholder={placeholder}
      createCustomValue
      isClearable
      onChange={(chosen) => onChange(chosen.map(({ value }) => value))}
    />
  );
}
