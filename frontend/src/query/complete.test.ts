import { situation } from './complete';

test.each([
  ['{', { kind: 'label' }],
  ['{job="x", na', { kind: 'label' }],
  ['{job="gin', { kind: 'value', field: 'job', quote: false }],
  ['{job=~`gin', { kind: 'value', field: 'job', quote: false }],
  ['{job=', { kind: 'value', field: 'job', quote: true }],
  ['{job="a\\"} | ', { kind: 'value', field: 'job', quote: false }],
  ['{job="x"} | ', { kind: 'stage' }],
  ['{job="x"} | js', { kind: 'stage' }],
  ['{job="x"} | json | symbol="B', { kind: 'value', field: 'symbol', quote: false }],
  ['{job="x"} |= "tim', { kind: 'none' }],
  ['{job="x"}', { kind: 'none' }],
  ['sum by (', { kind: 'field' }],
  ['sum by (a, b', { kind: 'field' }],
  ['{job="x"} | json | unwrap dur', { kind: 'field' }],
])('after %s', (before, expected) => {
  expect(situation(before)).toEqual(expected);
});
