import { DataSourceSettings } from '@grafana/data';
import { fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React, { useState } from 'react';

import { backend } from '../../test/fakes';
import { GinkgoOptions } from '../types';
// The picker reads all data sources of a Grafana.
jest.mock('@grafana/runtime', () => ({
  ...jest.requireActual('@grafana/runtime'),
  DataSourcePicker: () => null,
}));

import ConfigEditor from './ConfigEditor';

const written = jest.fn<void, [GinkgoOptions]>();

function Page({ jsonData }: { jsonData: GinkgoOptions }) {
  const [options, setOptions] = useState({
    uid: 'gk',
    url: 'http://loki:3100',
    jsonData,
    secureJsonFields: {},
    readOnly: false,
  } as unknown as DataSourceSettings<GinkgoOptions>);
  return (
    <ConfigEditor
      options={options}
      onOptionsChange={(next) => {
        written(next.jsonData);
        setOptions(next);
      }}
    />
  );
}

const last = () => written.mock.lastCall?.[0];
const type = (label: string, text: string) => {
  const input = screen.getByLabelText(label);
  fireEvent.change(input, { target: { value: text } });
  fireEvent.blur(input);
};

beforeEach(() => {
  backend();
  written.mockReset();
});

test('a system from a preset, with fields that the streams show', async () => {
  render(<Page jsonData={{ maxLines: 500, mine: 'kept' } as GinkgoOptions} />);
  fireEvent.click(screen.getByRole('button', { name: 'Add system' }));
  type('Name', 'trading');
  type('Streams', '{job="x"}');
  fireEvent.click(screen.getByRole('button', { name: /^Fields/ }));
  fireEvent.click(screen.getByRole('button', { name: 'Detect fields' }));
  fireEvent.click(await screen.findByRole('button', { name: 'Take over trace_id' }));
  type('Field 1: where', 'metadata, line:trace.id');
  expect(last()).toEqual({
    maxLines: 500,
    mine: 'kept',
    systems: [
      {
        preset: 'ginkgo',
        name: 'trading',
        selector: '{job="x"}',
        fields: [{ name: 'trace_id', role: 'trace', source: ['metadata', 'line:trace.id'] }],
      },
    ],
  });
});

test('levels that the streams show and nobody knows get a meaning', async () => {
  backend({
    fields: () => ({ system: 'tskv', sampledLines: 50, fields: [], unknownLevels: ['loud', 'quiet'] }),
  });
  render(<Page jsonData={{ systems: [{ preset: 'tskv', levelMap: { quiet: 'debug' } }] }} />);
  fireEvent.click(screen.getByRole('button', { name: /^Fields/ }));
  fireEvent.click(screen.getByRole('button', { name: 'Detect fields' }));
  await userEvent.click(await screen.findByLabelText('What loud means'));
  // What the settings say already is not asked.
  expect(screen.queryByLabelText('What quiet means')).toBeNull();
  await userEvent.click(await screen.findByRole('option', { name: 'error' }));
  expect(last()?.systems?.[0]?.levelMap).toEqual({ quiet: 'debug', loud: 'error' });
  expect(screen.queryByLabelText('What loud means')).toBeNull();
});

test('words for levels, links and the tenant', async () => {
  render(<Page jsonData={{ systems: [{ preset: 'tskv', levelMap: { severe: 'critical' } }] }} />);
  fireEvent.click(screen.getByRole('button', { name: /Words for levels/ }));
  type('Level word 1', 'fatale');
  expect(last()?.systems?.[0]?.levelMap).toEqual({ fatale: 'critical' });
  fireEvent.click(screen.getByRole('button', { name: 'Remove level word 1' }));
  expect(last()?.systems).toEqual([{ preset: 'tskv' }]);

  fireEvent.click(screen.getByRole('button', { name: 'Add link' }));
  type('Link 1: field', 'portfolio_id');
  type('Link 1: address', '/d/pf');
  expect(last()?.links).toEqual([{ field: 'portfolio_id', url: '/d/pf' }]);
});

test('what provisioning wrote opens, and its errors of reading are said', async () => {
  backend({
    fields: () => {
      throw new Error('system "x" is not known');
    },
  });
  const link = { field: 'trace_id', datasourceUid: 'tempo', query: { queryType: 'traceql' } };
  render(<Page jsonData={{ systems: [{ name: 'x', fields: [{ name: 'a', role: '' }] }], links: [link] }} />);
  expect(screen.getByLabelText('Link 1: query')).toHaveValue('{"queryType":"traceql"}');
  fireEvent.click(screen.getByRole('button', { name: /^Fields/ }));
  expect(screen.getByLabelText('Field 1: role')).toHaveValue('none');
  fireEvent.click(screen.getByRole('button', { name: 'Detect fields' }));
  expect(await screen.findByText(/system "x" is not known/)).toBeInTheDocument();
  expect(written).not.toHaveBeenCalled();
});
