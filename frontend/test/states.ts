/** Editor states for property tests: what the controls can write, in any order. */
import fc from 'fast-check';

import { isDuration, isFilterComplete, isLimit, isSearchComplete, withOperator } from '../src/query/drafts';
import { edit, isComplete, Question } from '../src/query/question';
import {
  AGGREGATIONS,
  DIRECTIONS,
  OPERATORS,
  QUERY_TYPES,
  RESULTS,
  SEARCH_OPERATORS,
} from '../src/query/words';
import { GinkgoQuery } from '../src/types';

const word = (words: Array<{ value: string }>) => fc.constantFrom(...words.map(({ value }) => value));
const text = fc.oneof(fc.string(), fc.constantFrom('', 'e452f11e', 'a"b\\c`d', '订单', '.*', '{{x}}'));
// Dollars are variables, which the schema says nothing of.
const plain = text.map((value) => value.replaceAll('$', ''));
const name = fc.constantFrom('event_type', 'symbol', 'duration_ms', 'desk.name', 'level');
const duration = fc.oneof(fc.constantFrom('', '5m', '1h30m', '30s', '100ms'), plain);

const filters = fc.array(
  fc.record({
    field: fc.oneof(name, fc.constant('')),
    operator: word(OPERATORS),
    values: fc.array(plain, { maxLength: 3 }),
  }),
  { maxLength: 4 }
);
const searches = fc.array(
  fc.record(
    { operator: word(SEARCH_OPERATORS), text: plain, caseSensitive: fc.boolean() },
    { requiredKeys: ['operator', 'text'] }
  ),
  { maxLength: 3 }
);

/** One change, as a control makes it: what is half written stays with the control. */
export const change: fc.Arbitrary<Partial<Question>> = fc.oneof(
  word(QUERY_TYPES).map((queryType) => ({ queryType })),
  fc.constantFrom('', 'ginkgo', 'fastapi').map((system) => ({ system })),
  fc.array(plain, { maxLength: 4 }).map((ids) => ({ ids })),
  filters.map((drafts) => ({
    filters: drafts
      .map((filter) => withOperator(filter, filter.operator))
      .filter((filter) => isFilterComplete(filter)),
  })),
  searches.map((drafts) => ({ search: drafts.filter(isSearchComplete) })),
  word(RESULTS).map((result) => ({ result })),
  fc.array(name, { maxLength: 3 }).map((columns) => ({ columns })),
  fc.record({ field: name, aggregation: word(AGGREGATIONS) }).map((measure) => ({ measure })),
  fc.option(fc.array(name, { maxLength: 3 }), { nil: undefined }).map((groupBy) => ({ groupBy })),
  duration.map((window) => (isDuration(window) ? { window } : {})),
  duration.map((step) => (isDuration(step) ? { step } : {})),
  duration.map((delay) => (isDuration(delay) ? { delay } : {})),
  fc.boolean().map((instant) => ({ instant })),
  fc
    .oneof(fc.integer({ min: -5, max: 200_000 }).map(String), plain)
    .map((limit) => (isLimit(limit) ? { limit: limit.trim() } : {})),
  word(DIRECTIONS).map((direction) => ({ direction })),
  plain.map((legendFormat) => ({ legendFormat })),
  plain.map((expr) => ({ expr })),
  fc.record({ title: plain, tags: fc.array(name), period: fc.boolean() }).map(({ title, tags, period }) => ({
    events: { title, tags, ...(period && { start: ['ENGINESTART'], end: ['ENGINECOMPLETE'] }) },
  }))
);

/** A query after some changes, by people who began anywhere; complete, as only those are asked. */
export const states: fc.Arbitrary<GinkgoQuery> = fc
  .array(change, { minLength: 1, maxLength: 12 })
  .map((changes) => changes.reduce<GinkgoQuery>((query, next) => edit(query, next), { refId: 'A' }))
  .filter(isComplete);
