import { RadioButtonGroup } from '@grafana/ui';
import React from 'react';

import { errorAt } from '../../query/errors';
import { isEmpty } from '../../query/question';
import { ID_TYPES, QUERY_TYPES } from '../../query/words';
import { Control } from '../controls/Control';
import { Part } from './context';

interface Props extends Part {
  /** Where one's own LogQL is no answer: the values of a variable. */
  withoutLogql?: boolean;
}

/** What is asked for: what the system has, by its roles. */
export function Ask({ query, question, known, edit, error, withoutLogql = false }: Props) {
  const roles = known.system?.roles;
  const options = QUERY_TYPES.filter(
    ({ value }) => value === question.queryType || !roles || !ID_TYPES.includes(value) || value in roles
  ).filter(({ value }) => !withoutLogql || value !== 'logql');
  return (
    <Control label="Ask for" error={errorAt(error, 'queryType')}>
      <RadioButtonGroup
        aria-label="Ask for"
        options={options.map((word): { value: string; label: string; description?: string } => word)}
        value={isEmpty(query) ? undefined : question.queryType}
        // Ids of one kind mean nothing for another.
        onChange={(queryType) =>
          edit(queryType === question.queryType ? { queryType } : { queryType, ids: [] })
        }
      />
    </Control>
  );
}
