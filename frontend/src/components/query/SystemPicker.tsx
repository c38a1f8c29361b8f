import { Combobox } from '@grafana/ui';
import React, { useMemo } from 'react';

import { errorAt } from '../../query/errors';
import { ID_TYPES } from '../../query/words';
import { Control } from '../controls/Control';
import { including } from '../controls/options';
import { Part } from './context';

/** The system that is asked, where there are several. */
export function SystemPicker({ known, question, edit, error }: Part) {
  const { systems, systemName } = known;
  const options = useMemo(
    () =>
      including(
        systems.map(({ name, selector, hasStreams }) => ({
          value: name,
          label: name,
          description: hasStreams ? selector : `${selector} (no logs in this range)`,
        })),
        systemName
      ),
    [systems, systemName]
  );
  return (
    <Control label="In system" error={errorAt(error, 'system')}>
      <Combobox
        options={options}
        value={systemName}
        width={20}
        createCustomValue
        onChange={({ value }) => {
          if (value === systemName) {
            return;
          }
          // Not every system has portfolios: there, everything is asked for.
          const roles = systems.find(({ name }) => name === value)?.roles;
          const { queryType } = question;
          const lacks = roles && ID_TYPES.includes(queryType) && !(queryType in roles);
          edit(lacks ? { system: value, queryType: 'any', ids: [] } : { system: value });
        }}
      />
    </Control>
  );
}
