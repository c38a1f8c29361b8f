import Ajv from 'ajv';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import schema from '../../test/model.schema.json';
import { states } from '../../test/states';
import { GinkgoQuery } from '../types';
import { edit, forAlert, isComplete, isEmpty, Question, read } from './question';

interface Case {
  name: string;
  query: Record<string, unknown>;
  logql?: string;
  error?: string;
}

const file = join(__dirname, '../../../tests/contract/queries.json');
const contract = JSON.parse(readFileSync(file, 'utf8')) as Case[];
const valid = contract.filter(({ logql }) => logql !== undefined);
const as = (query: Record<string, unknown>) => ({ refId: 'A', ...query }) as GinkgoQuery;

test('the contract has queries for both sides', () => {
  expect(valid.length).toBeGreaterThan(50);
  expect(contract.length).toBeGreaterThan(valid.length);
});

test.each(valid)('opened and saved, unchanged: $name', ({ query }) => {
  const stored = as(query);
  expect(edit(stored, read(stored))).toBe(stored);
});

test.each(valid)('written anew, the same to the editor: $name', ({ query }) => {
  const question = read(as(query));
  const anew = edit({ refId: 'A' }, question);
  expect(read(anew)).toEqual({ ...question, ids: question.queryType === 'any' ? [] : question.ids });
});

test.each(contract)('opens without a crash: $name', ({ query }) => {
  expect(read(as(query)).filters).toBeInstanceOf(Array);
  expect(edit(as(query), { limit: '7' }).limit).toBe(7);
});

test('whatever stands in a query, it opens, and a change touches nothing else', () => {
  const keys = Object.keys(read({ refId: 'A' })) as Array<keyof Question>;
  const anything = fc.dictionary(fc.constantFrom<string>(...keys, 'mine', 'maxLines'), fc.jsonValue());
  fc.assert(
    fc.property(anything, (model) => {
      const stored = as({ ...model, queryType: 'portfolio' });
      const next = edit(stored, { legendFormat: 'changed' });
      const { legendFormat, ...rest } = next;
      const { legendFormat: _before, ...before } = stored;
      expect(legendFormat).toBe('changed');
      expect(rest).toEqual(before);
    })
  );
});

test('every state that the editor writes is one that the backend takes', () => {
  const validate = new Ajv({ strict: false }).compile(schema);
  fc.assert(
    fc.property(states, (query) => {
      const taken = validate(query);
      expect(validate.errors ?? []).toEqual([]);
      expect(taken).toBe(true);
    }),
    { numRuns: 500 }
  );
});

test('the schema refuses what the backend refuses', () => {
  const validate = new Ajv({ strict: false }).compile(schema);
  for (const bad of [
    { result: 'graph' },
    { ids: ['x'] },
    { queryType: 'logql' },
    { queryType: 'logql', expr: '{a="b"}', filters: [{ field: 'a', operator: 'exists', values: [] }] },
    { filters: [{ field: 'a', operator: '=', values: ['x', 'y'] }] },
    { filters: [{ field: 'a', operator: '=|', values: [] }] },
    { result: 'value' },
    { limit: 0 },
    { window: 'soon' },
  ]) {
    expect(validate({ refId: 'A', ...bad })).toBe(false);
  }
});

describe('queries of other data sources', () => {
  const loki = as({
    expr: '{job="x"}',
    queryType: 'range',
    editorMode: 'code',
    maxLines: 50,
    direction: 'backward',
  });

  test("Loki's opens as LogQL and keeps what it is", () => {
    expect(read(loki).queryType).toBe('logql');
    const next = edit(loki, { expr: '{job="y"}' });
    expect(next).toMatchObject({ queryType: 'logql', expr: '{job="y"}', editorMode: 'code', maxLines: 50 });
  });

  test("Loki's instant query stays one", () => {
    const instant = as({ expr: 'sum(rate({a="b"}[5m]))', queryType: 'instant' });
    expect(edit(instant, { legendFormat: 'x' })).toMatchObject({ queryType: 'logql', instant: true });
  });

  test('words that are not known are shown as they are', () => {
    expect(read(as({ queryType: 'desk', result: 'graph', direction: 'scan' }))).toMatchObject({
      queryType: 'desk',
      result: 'graph',
      direction: 'scan',
    });
  });
});

describe('changes', () => {
  test('another query type takes ids and what does not go with LogQL away', () => {
    const query = as({
      queryType: 'portfolio',
      ids: ['p'],
      filters: [{ field: 'a', operator: 'exists', values: [] }],
    });
    expect(edit(query, { queryType: 'any' })).not.toHaveProperty('ids');
    const logql = edit(query, { queryType: 'logql', expr: '{a="b"}', result: 'count' });
    expect(logql).toEqual({ refId: 'A', queryType: 'logql', expr: '{a="b"}' });
  });

  test('defaults are not written, but no groups are', () => {
    const query = as({ queryType: 'any', result: 'table', groupBy: ['x'], limit: 5 });
    expect(edit(query, { result: 'logs', limit: '', groupBy: [] })).toEqual(
      as({ queryType: 'any', groupBy: [] })
    );
    expect(edit(query, { groupBy: undefined })).not.toHaveProperty('groupBy');
  });

  test('the first choice counts also when it is the default', () => {
    expect(edit({ refId: 'A' }, { queryType: 'any' })).toEqual({ refId: 'A', queryType: 'any' });
  });
});

test('empty and incomplete queries', () => {
  expect(isEmpty(as({ key: 'Q-1', datasource: { uid: 'x' } }))).toBe(true);
  expect(isEmpty(as({ queryType: 'any' }))).toBe(false);
  expect(isComplete(as({ queryType: 'logql', expr: ' ' }))).toBe(false);
  expect(isComplete(as({ result: 'value' }))).toBe(false);
  expect(isComplete(as({ result: 'value', measure: { field: 'x' } }))).toBe(true);
});

test('alerts have their window written out', () => {
  expect(forAlert(as({ result: 'count' })).window).toBe('5m');
  expect(forAlert(as({ result: 'lastSeen' })).window).toBe('24h');
  expect(forAlert(as({ result: 'errorRate', window: '1h' })).window).toBe('1h');
  expect(forAlert(as({ result: 'logs' }))).not.toHaveProperty('window');
  expect(forAlert(as({ expr: '{a="b"}' }))).not.toHaveProperty('window');
});
