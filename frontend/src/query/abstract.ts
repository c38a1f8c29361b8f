/** Queries of other data sources, as label matchers: what Explore carries over when it is switched. */
import { AbstractLabelMatcher, AbstractLabelOperator, AbstractQuery } from '@grafana/data';

import { Filter, GinkgoQuery } from '../types';
import { SystemInfo } from '../api/resources';
import { alternatives } from './escape';
import { read } from './question';
import { matchersOf } from './systems';
import { ID_TYPES } from './words';

const OPERATORS: Record<AbstractLabelOperator, string> = {
  [AbstractLabelOperator.Equal]: '=',
  [AbstractLabelOperator.NotEqual]: '!=',
  [AbstractLabelOperator.EqualRegEx]: '=~',
  [AbstractLabelOperator.NotEqualRegEx]: '!~',
};

/**
 * Makes a query of label matchers. Matchers that are a system's selector name the system, an id's field
 * the query type; all others become filters.
 */
export function fromAbstract({ refId, labelMatchers }: AbstractQuery, systems: SystemInfo[]): GinkgoQuery {
  const system = systems.find(({ selector }) => {
    const own = matchersOf(selector);
    return own.length > 0 && own.every((matcher) => labelMatchers.some((given) => same(given, matcher)));
  });
  const own = system ? matchersOf(system.selector) : [];
  const rest = labelMatchers.filter((given) => !own.some((matcher) => same(given, matcher)));
  const roles = (system ?? systems[0])?.roles ?? {};
  const typed = ID_TYPES.map((type) => ({
    type,
    matcher: rest.find(
      ({ name, operator, value }) =>
        name === roles[type] && operator === AbstractLabelOperator.Equal && value !== ''
    ),
  })).find(({ matcher }) => matcher !== undefined);
  const filters = rest.filter((given) => given !== typed?.matcher).flatMap(toFilter);
  return {
    refId,
    queryType: typed?.type ?? 'any',
    ...(system && { system: system.name }),
    ...(typed?.matcher && { ids: [typed.matcher.value] }),
    ...(filters.length > 0 && { filters }),
  };
}

/**
 * Makes label matchers of a query: the system's selector, and the ids and filters on fields that are
 * labels. A field that is only inside the lines (`isLabel` says no) would find nothing elsewhere.
 */
export function toAbstract(
  query: GinkgoQuery,
  system: SystemInfo | undefined,
  isLabel: (field: string) => boolean
): AbstractQuery {
  const { queryType, ids, filters } = read(query);
  if (queryType === 'logql') {
    return { refId: query.refId, labelMatchers: [] };
  }
  const own = matchersOf(system?.selector ?? '').map(({ name, operator, value }) => ({
    name,
    value,
    operator: operatorOf(operator) ?? AbstractLabelOperator.Equal,
  }));
  const idField = system?.roles[queryType];
  const given = idField && ids.length > 0 ? [{ field: idField, operator: '=|', values: ids }] : [];
  const matchers = [...given, ...filters].filter(({ field }) => isLabel(field)).flatMap(toMatcher);
  return { refId: query.refId, labelMatchers: [...own, ...matchers] };
}

function same(given: AbstractLabelMatcher, own: { name: string; operator: string; value: string }): boolean {
  return given.name === own.name && given.value === own.value && OPERATORS[given.operator] === own.operator;
}

function toFilter({ name, operator, value }: AbstractLabelMatcher): Filter[] {
  const word = OPERATORS[operator];
  if (value !== '') {
    return [{ field: name, operator: word, values: [value] }];
  }
  return [{ field: name, operator: word.startsWith('=') ? 'missing' : 'exists', values: [] }];
}

function toMatcher({ field, operator, values }: Filter): AbstractLabelMatcher[] {
  const one = (name: AbstractLabelOperator, value: string) => [{ name: field, operator: name, value }];
  switch (operator) {
    case '=|':
    case '!=|': {
      const negative = operator === '!=|';
      if (values.length === 1) {
        return one(negative ? AbstractLabelOperator.NotEqual : AbstractLabelOperator.Equal, values[0]!);
      }
      const name = negative ? AbstractLabelOperator.NotEqualRegEx : AbstractLabelOperator.EqualRegEx;
      return one(name, alternatives(values).replace(/^\(\?:(.*)\)$/s, '$1'));
    }
    case 'exists':
      return one(AbstractLabelOperator.NotEqual, '');
    case 'missing':
      return one(AbstractLabelOperator.Equal, '');
    default: {
      const name = operatorOf(operator);
      return name && values[0] !== undefined ? one(name, values[0]) : [];
    }
  }
}

function operatorOf(word: string): AbstractLabelOperator | undefined {
  const found = Object.entries(OPERATORS).find(([, own]) => own === word);
  return found?.[0] as AbstractLabelOperator | undefined;
}
