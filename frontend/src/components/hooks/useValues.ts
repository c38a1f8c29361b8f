import { TimeRange } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { useCallback } from 'react';

import type { GinkgoDataSource } from '../../datasource';
import { GinkgoQuery } from '../../types';
import { valueOption, variableOptions } from '../controls/options';
import { Load } from '../controls/ValuePicker';
import { useLatest } from './useLatest';

/** The most values that a list shows; typing finds the others. */
const MOST_VALUES = 100;

/** Searches the values of a field under the query's other conditions. */
export function useValues(
  datasource: GinkgoDataSource,
  query: GinkgoQuery,
  field: string | undefined | (() => Promise<string | undefined>),
  range: TimeRange | undefined,
  fixed?: string[]
): Load {
  const latestRef = useLatest({ query, range, fixed });
  return useCallback<Load>(
    async (typed) => {
      const names = getTemplateSrv()
        .getVariables()
        .filter(({ type }) => type !== 'adhoc' && type !== 'datasource')
        .map(({ name }) => name);
      const variables = variableOptions(names, typed);
      const { query, range, fixed } = latestRef.current;
      if (fixed) {
        const found = fixed.filter((value) => value.includes(typed.toLowerCase()));
        return [...found.map((value) => ({ value, label: value })), ...variables];
      }
      // The field may not be known yet when the list opens; it does not ask again when it is.
      const name = typeof field === 'function' ? await field() : field;
      if (!name) {
        return variables;
      }
      const asked = datasource.applyTemplateVariables(query, {});
      const options = { search: typed, limit: MOST_VALUES, range };
      const { values } = await datasource.resources.values(asked, name, options);
      return [...values.map(valueOption), ...variables];
    },
    [datasource, field, latestRef]
  );
}
