/** A query as a sentence, for the query history and everywhere else that Grafana shows one as text. */
import { Filter, GinkgoQuery, Search } from '../types';
import { Question, read } from './question';
import {
  AGGREGATIONS,
  GROUPED_RESULTS,
  ID_TYPES,
  label,
  OPERATORS,
  PLURALS,
  SEARCH_OPERATORS,
  valuesOf,
} from './words';

/** The most values that a sentence lists. */
const MOST_NAMED = 3;

/** Says a query in words: "Error rate of portfolio p1 by strategy_id, where level is at least warning". */
export function sentence(query: GinkgoQuery): string {
  const question = read(query);
  if (question.queryType === 'logql') {
    return question.expr;
  }
  const parts = [`${subject(question)} of ${object(question)}${groups(question)}`];
  const conditions = [...question.filters.map(condition), ...question.search.map(lineCondition)];
  if (conditions.length > 0) {
    parts.push(`where ${conditions.join(' and ')}`);
  }
  if (question.window !== '' && GROUPED_RESULTS.includes(question.result)) {
    parts.push(`over ${question.window}`);
  }
  if (question.delay !== '') {
    parts.push(`${question.delay} late`);
  }
  return parts.join(', ');
}

function subject({ result, measure, columns, events }: Question): string {
  switch (result) {
    case 'logs':
      return 'Log lines';
    case 'table':
      return columns.length > 0 ? `Table (${columns.join(', ')})` : 'Table';
    case 'count':
      return 'Number of lines';
    case 'errorCount':
      return 'Number of errors';
    case 'errorRate':
      return 'Error rate';
    case 'value':
      return measure ? `${label(AGGREGATIONS, measure.aggregation)} of ${measure.field}` : 'Value';
    case 'topErrors':
      return 'Top errors';
    case 'lastSeen':
      return 'Time since the last line';
    case 'events':
      return events.start?.length ? `Periods from ${listed(events.start)}` : 'Events';
    default:
      return result;
  }
}

function object({ queryType, ids, system }: Question): string {
  const where = system === '' ? '' : ` in ${system}`;
  if (!ID_TYPES.includes(queryType)) {
    return queryType === 'any' ? `everything${where}` : `${queryType}${where}`;
  }
  const named = ids.filter((id) => id !== '');
  const plural = PLURALS[queryType] ?? queryType;
  if (named.length === 0) {
    return `all ${plural}${where}`;
  }
  return `${named.length === 1 ? queryType : plural} ${listed(named)}${where}`;
}

function groups({ result, groupBy }: Question): string {
  return GROUPED_RESULTS.includes(result) && groupBy?.length ? ` by ${groupBy.join(', ')}` : '';
}

function condition({ field, operator, values }: Filter): string {
  const words = label(OPERATORS, operator);
  return valuesOf(operator) === 'none' ? `${field} ${words}` : `${field} ${words} ${listed(values)}`;
}

function lineCondition({ operator, text }: Search): string {
  return `the line ${label(SEARCH_OPERATORS, operator)} “${text}”`;
}

function listed(values: string[]): string {
  const rest = values.length - MOST_NAMED;
  const named = values.slice(0, MOST_NAMED).join(', ');
  return rest > 0 ? `${named} and ${rest} more` : named;
}
