import { CoreApp } from '@grafana/data';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import events from '@testing-library/user-event';
import React, { useState } from 'react';

import { Asked, backend, datasource, FIELDS } from '../../test/fakes';
import { GinkgoQuery } from '../types';
import QueryEditor from './QueryEditor';

// Monaco needs a browser; the browser tests have one.
jest.mock('./query/LogqlEditor', () => ({ LogqlEditor: () => null }));

const userEvent = events.setup({ delay: null, pointerEventsCheck: 0 });
let asked: Asked[];
const written = jest.fn();
const ran = jest.fn();

beforeEach(() => {
  asked = backend();
  written.mockReset();
  ran.mockReset();
});

function Page({ start, app }: { start: Partial<GinkgoQuery>; app?: CoreApp }) {
  const [query, setQuery] = useState<GinkgoQuery>({ refId: 'A', ...start });
  const [source] = useState(() => datasource());
  return (
    <QueryEditor
      datasource={source}
      query={query}
      app={app}
      onRunQuery={ran}
      onChange={(next) => {
        written(next);
        setQuery(next);
      }}
    />
  );
}

const open = async (start: Partial<GinkgoQuery> = {}, app?: CoreApp) => {
  render(<Page start={start} app={app} />);
  // Systems and fields arrive.
  await screen.findByLabelText('In system');
};
const last = () => written.mock.lastCall?.[0] as GinkgoQuery;
const choose = async (label: string, option: RegExp | string) => {
  await userEvent.click(screen.getByLabelText(label));
  await userEvent.click(await screen.findByRole('option', { name: option }));
};

test('portfolio, one of them, error rate, by strategy: four choices', async () => {
  await open();
  await userEvent.click(screen.getByRole('radio', { name: 'Portfolio' }));
  expect(last()).toEqual({ refId: 'A', queryType: 'portfolio' });
  await choose('Which portfolios', /portfolio_id-1/);
  await userEvent.keyboard('{Escape}');
  await choose('Show', /Error rate/);
  await choose('For each', /strategy_id/);
  expect(last()).toEqual({
    refId: 'A',
    queryType: 'portfolio',
    ids: ['portfolio_id-1'],
    result: 'errorRate',
    groupBy: ['strategy_id'],
  });
  expect(ran).toHaveBeenCalledTimes(written.mock.calls.length);
});

test('an empty query in Explore offers where to start, and nothing else does', async () => {
  await open({}, CoreApp.Explore);
  await userEvent.click(screen.getByRole('button', { name: 'What goes wrong most' }));
  expect(last()).toEqual({ refId: 'A', queryType: 'any', result: 'topErrors' });
  expect(ran).toHaveBeenCalledTimes(1);
  expect(screen.queryByRole('button', { name: 'What goes wrong most' })).toBeNull();
});

test('values are searched on the server, with their counts, under all but the own ids', async () => {
  await open({ queryType: 'portfolio', ids: ['x'] });
  await userEvent.click(screen.getByLabelText('Which portfolios'));
  expect(await screen.findByText('1,200 lines')).toBeInTheDocument();
  const values = asked.filter(({ path }) => path === 'values').pop();
  expect(values?.body).toMatchObject({ field: 'portfolio_id', query: { queryType: 'portfolio', ids: [] } });
});

test('a filter is written when it is complete', async () => {
  await open({ queryType: 'any' });
  await userEvent.click(screen.getByRole('button', { name: /Only lines where/ }));
  await userEvent.click(screen.getByRole('button', { name: 'Add filter' }));
  await choose('Filter 1: field', /event_type/);
  expect(written).not.toHaveBeenCalled();
  await choose('Filter 1: value', /event_type-1/);
  expect(last().filters).toEqual([{ field: 'event_type', operator: '=', values: ['event_type-1'] }]);
  await userEvent.click(screen.getByRole('button', { name: 'Remove filter 1' }));
  expect(last()).toEqual({ refId: 'A', queryType: 'any' });
});

test("the backend's error stands at the control that it names, unfolded", async () => {
  backend({
    explain: () => {
      throw new Error('filters[0].values[0] "abc" is no value of field "duration_ms": use a number');
    },
  });
  const filters = [{ field: 'duration_ms', operator: '>', values: ['5'] }];
  await open({ queryType: 'any', filters });
  const error = await screen.findByText(/is no value of field "duration_ms"/);
  expect(within(error.closest('section')!).getByLabelText('Filter 1: field')).toBeInTheDocument();
});

test('a value of a field needs the field: the likely one is taken', async () => {
  await open({ queryType: 'any' });
  await choose('Show', /Value of a field/);
  expect(last()).toMatchObject({ result: 'value', measure: { field: 'duration_ms', aggregation: 'avg' } });
});

test('a value that is chosen before the fields are known gets its field when they arrive', async () => {
  let arrive = (_fields: object) => {};
  backend({ fields: () => new Promise((resolve) => (arrive = resolve)) });
  await open({ queryType: 'any' });
  await choose('Show', /Value of a field/);
  expect(written).not.toHaveBeenCalled();
  await act(async () => arrive({ system: 'ginkgo', sampledLines: 100, fields: FIELDS }));
  await waitFor(() => expect(last()).toMatchObject({ result: 'value', measure: { field: 'duration_ms' } }));
});

test('an error rate that is chosen before the fields are known goes without a condition on the level', async () => {
  backend({ fields: () => new Promise(() => undefined) });
  await open({ queryType: 'any', filters: [{ field: 'level', operator: '=', values: ['error'] }] });
  await choose('Show', /Error rate/);
  expect(last()).toEqual({ refId: 'A', queryType: 'any', result: 'errorRate' });
});

test('the values of events are asked for when the fields have come, however early the list opens', async () => {
  let arrive = (_fields: object) => {};
  asked = backend({ fields: () => new Promise((resolve) => (arrive = resolve)) });
  await open({ queryType: 'any', result: 'events' });
  await userEvent.click(screen.getByLabelText('Tags'));
  expect(await screen.findByText('Loading options...')).toBeVisible();
  await userEvent.click(screen.getByLabelText('Periods start with'));
  await act(async () => arrive({ system: 'ginkgo', sampledLines: 100, fields: FIELDS }));
  expect(await screen.findByRole('option', { name: /event_type-1/ })).toBeInTheDocument();
});

test('alert rules have a window, and offer numbers only', async () => {
  await open({ queryType: 'any', result: 'count' }, CoreApp.UnifiedAlerting);
  expect(last()).toMatchObject({ window: '5m' });
  await userEvent.click(screen.getByLabelText('Show'));
  expect(await screen.findByRole('option', { name: /Error rate/ })).toBeInTheDocument();
  expect(screen.queryByRole('option', { name: /Log lines/ })).toBeNull();
});

test('another system without portfolios asks for everything', async () => {
  await open({ queryType: 'portfolio', ids: ['p'] });
  await choose('In system', /fastapi/);
  expect(last()).toEqual({ refId: 'A', queryType: 'any', system: 'fastapi' });
  await waitFor(() => expect(screen.queryByRole('radio', { name: 'Portfolio' })).toBeNull());
});

test('a heavy query waits for a word', async () => {
  const cost = { streams: 400, chunks: 1, entries: 1, bytes: 90 * 1024 ** 3 };
  backend({
    explain: () => ({
      queryType: 'any',
      result: 'logs',
      system: 'ginkgo',
      expr: '{}',
      parts: [],
      notices: [],
      cost,
    }),
  });
  await open({ queryType: 'any' });
  expect(await screen.findByText(/This reads about 90.0 GiB in 400 streams/)).toBeVisible();
  await userEvent.click(screen.getByRole('radio', { name: 'Trace' }));
  expect(last().queryType).toBe('trace');
  expect(ran).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole('button', { name: 'Run it all the same' }));
  expect(ran).toHaveBeenCalledTimes(1);
});

test('what will run, with its reasons, and open it as LogQL', async () => {
  await open({
    queryType: 'portfolio',
    ids: ['p'],
    filters: [{ field: 'level', operator: 'exists', values: [] }],
  });
  await userEvent.click(screen.getByRole('button', { name: /What will run/ }));
  expect(await screen.findByText('the streams of the system')).toBeVisible();
  await act(() => userEvent.click(screen.getByRole('button', { name: 'Open as LogQL' })));
  expect(last()).toEqual({ refId: 'A', queryType: 'logql', expr: '{job="ginkgo"}' });
});

test('foreign and broken queries open', async () => {
  const strange = {
    queryType: 'desk',
    ids: 7,
    filters: 'x',
    search: [null],
    result: 'graph',
    groupBy: {},
    limit: [],
  };
  await open(strange as unknown as Partial<GinkgoQuery>);
  expect(written).not.toHaveBeenCalled();
});
