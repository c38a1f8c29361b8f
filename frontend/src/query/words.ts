/** The words of the query model, and how the editor says them. */

/** A word of the model with its text for people. */
export interface Word<Value extends string = string> {
  value: Value;
  label: string;
  description?: string;
}

export type QueryType = 'portfolio' | 'strategy' | 'trace' | 'run' | 'any' | 'logql';

export const QUERY_TYPES: Array<Word<QueryType>> = [
  { value: 'portfolio', label: 'Portfolio', description: 'The lines of portfolios' },
  { value: 'strategy', label: 'Strategy', description: 'The lines of strategies' },
  { value: 'trace', label: 'Trace', description: 'Everything that happened in a trace' },
  { value: 'run', label: 'Run', description: 'The lines of backtests or live runs' },
  { value: 'any', label: 'Anything', description: 'Every line of the system' },
  { value: 'logql', label: 'LogQL', description: 'Your own LogQL' },
];

/** The query types that ask for ids, which are also the names of the roles that they need. */
export const ID_TYPES: readonly string[] = ['portfolio', 'strategy', 'trace', 'run'];

/** How several of each are called. */
export const PLURALS: Record<string, string> = {
  portfolio: 'portfolios',
  strategy: 'strategies',
  trace: 'traces',
  run: 'runs',
};

export type ResultKind =
  | 'logs'
  | 'table'
  | 'count'
  | 'errorCount'
  | 'errorRate'
  | 'value'
  | 'topErrors'
  | 'lastSeen'
  | 'events';

export const RESULTS: Array<Word<ResultKind>> = [
  { value: 'logs', label: 'Log lines', description: 'The lines themselves' },
  { value: 'table', label: 'Table', description: 'A row for each line, with the columns you choose' },
  { value: 'count', label: 'Number of lines', description: 'How many lines there are, over time' },
  { value: 'errorCount', label: 'Number of errors', description: 'How many errors there are, over time' },
  { value: 'errorRate', label: 'Error rate', description: 'The share of lines that are errors' },
  { value: 'value', label: 'Value of a field', description: 'Average, sum, percentile, … of a number' },
  { value: 'topErrors', label: 'Top errors', description: 'The most frequent errors, alike ones together' },
  { value: 'lastSeen', label: 'Time since last line', description: 'How long each has been silent' },
  { value: 'events', label: 'Events', description: 'Points and periods to mark on charts' },
];

/** The results that are numbers. */
export const METRIC_RESULTS: readonly string[] = ['count', 'errorCount', 'errorRate', 'value', 'lastSeen'];
/** The results that tell errors by the level, and so go with no condition on it. */
export const ERROR_RESULTS: readonly string[] = ['errorCount', 'errorRate'];
/** The results that may be grouped. */
export const GROUPED_RESULTS: readonly string[] = [...METRIC_RESULTS, 'topErrors'];
/** The results whose rows are lines. */
export const LINE_RESULTS: readonly string[] = ['logs', 'table'];
/** The results of a query in the user's own LogQL; a metric query answers with its numbers. */
export const LOGQL_RESULTS: readonly string[] = LINE_RESULTS;

export const AGGREGATIONS: Word[] = [
  { value: 'avg', label: 'Average' },
  { value: 'min', label: 'Smallest' },
  { value: 'max', label: 'Largest' },
  { value: 'sum', label: 'Sum' },
  { value: 'last', label: 'Latest' },
  { value: 'p50', label: 'Median', description: 'Half of the values are below it' },
  { value: 'p90', label: '90th percentile', description: '90% of the values are below it' },
  { value: 'p95', label: '95th percentile', description: '95% of the values are below it' },
  { value: 'p99', label: '99th percentile', description: '99% of the values are below it' },
  { value: 'rate', label: 'Sum per second' },
];

export const OPERATORS: Word[] = [
  { value: '=', label: 'is' },
  { value: '!=', label: 'is not' },
  { value: '=|', label: 'is one of' },
  { value: '!=|', label: 'is none of' },
  { value: '=~', label: 'matches', description: 'A regular expression for the whole value' },
  { value: '!~', label: 'does not match', description: 'A regular expression for the whole value' },
  { value: '>', label: 'is more than' },
  { value: '>=', label: 'is at least' },
  { value: '<', label: 'is less than' },
  { value: '<=', label: 'is at most' },
  { value: 'exists', label: 'is there' },
  { value: 'missing', label: 'is missing' },
];

const EQUALITY = ['=', '!=', '=|', '!=|'];
const REGEX = ['=~', '!~'];
const ORDER = ['>', '>=', '<', '<='];
const PRESENCE = ['exists', 'missing'];

const BY_TYPE: Record<string, string[]> = {
  string: [...EQUALITY, ...REGEX, ...PRESENCE],
  number: [...EQUALITY, ...ORDER, ...PRESENCE],
  bool: [...EQUALITY, ...PRESENCE],
  level: [...EQUALITY, ...ORDER, ...PRESENCE],
  time: [...EQUALITY, ...ORDER, ...PRESENCE],
  json: [...EQUALITY, ...REGEX, ...PRESENCE],
};

/** The operators that a field of this type takes; a type that is not known is text. */
export function operatorsFor(type: string | undefined): Word[] {
  const allowed = BY_TYPE[type ?? 'string'] ?? BY_TYPE['string']!;
  return OPERATORS.filter(({ value }) => allowed.includes(value));
}

/** How many values an operator takes. */
export function valuesOf(operator: string): 'none' | 'one' | 'many' {
  if (PRESENCE.includes(operator)) {
    return 'none';
  }
  return operator.endsWith('|') ? 'many' : 'one';
}

export const SEARCH_OPERATORS: Word[] = [
  { value: 'contains', label: 'contains' },
  { value: 'not contains', label: 'does not contain' },
  { value: 'matches', label: 'matches', description: 'A regular expression for a part of the line' },
  {
    value: 'not matches',
    label: 'does not match',
    description: 'A regular expression for a part of the line',
  },
];

export const DIRECTIONS: Array<Word<'backward' | 'forward'>> = [
  { value: 'backward', label: 'Newest first' },
  { value: 'forward', label: 'Oldest first' },
];

/** The canonical levels, the worst first. */
export const LEVELS = ['critical', 'error', 'warning', 'info', 'debug', 'trace', 'unknown'];

export const FIELD_TYPES = ['string', 'number', 'bool', 'time', 'level', 'json'];

export const ROLES = [
  'time',
  'level',
  'message',
  'portfolio',
  'strategy',
  'run',
  'trace',
  'span',
  'parent_span',
  'service',
  'component',
  'event',
  'symbol',
  'duration',
  'business_time',
  'error_type',
  'status',
  'request',
];

/** Finds a word's text; a word that is not known says itself. */
export function label(words: Word[], value: string): string {
  return words.find((word) => word.value === value)?.label ?? value;
}
