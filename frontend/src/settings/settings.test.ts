import { proposals, withProposal } from './detect';
import { asText, fromText } from './lists';

test.each([
  ['', undefined],
  ['auto', 'auto'],
  ['label, line:a.b', ['label', 'line:a.b']],
  ['["a","b"], ["a.b"]', ['["a","b"]', '["a.b"]']],
  ['["a]\\",b"], c', ['["a]\\",b"]', 'c']],
])('%s', (text, value) => {
  expect(fromText(text)).toEqual(value);
  expect(fromText(asText(value))).toEqual(value);
});

test('what was found is proposed, except what the settings say already', () => {
  const field = { role: null, unit: '', example: 'x' };
  const found = [
    { ...field, name: 'trace_id', role: 'trace', type: 'string', found: ['line'], inSchema: true },
    { ...field, name: 'desk', type: 'string', found: ['line', 'label'], inSchema: false },
    { ...field, name: 'ginkgo.fee', type: 'number', found: ['line'], inSchema: false },
    { ...field, name: 'symbol', type: 'string', found: [], inSchema: true },
    { ...field, name: 'written', type: 'string', found: ['label'], inSchema: false },
  ];
  const settings = proposals(found, [{ name: 'written' }]).map(({ setting }) => setting);
  expect(settings).toEqual([
    { name: 'trace_id', role: 'trace', source: 'line' },
    { name: 'desk', type: 'string', source: ['label', 'line'] },
    { name: 'ginkgo_fee', type: 'number', source: 'line', key: '["ginkgo.fee"]' },
    undefined,
    undefined,
  ]);
  expect(withProposal([{ name: 'desk' }], { name: 'desk', type: 'string' })).toEqual([{ name: 'desk' }]);
});
