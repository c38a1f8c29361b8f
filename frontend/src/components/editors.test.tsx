import { CoreApp, DataSourceApi, LogsSortOrder, store } from '@grafana/data';
import { act, fireEvent, render, renderHook, screen } from '@testing-library/react';
import React, { useState } from 'react';

import { backend, datasource } from '../../test/fakes';
import { Width } from '../query/context';
import { GinkgoQuery, GinkgoVariableQuery } from '../types';
import AnnotationEditor from './AnnotationEditor';
import ContextUi from './ContextUi';
import Help from './Help';
import { useEdit } from './hooks/useEdit';
import { useSortOrder } from './hooks/useSortOrder';
import VariableEditor from './VariableEditor';

const written = jest.fn<void, [GinkgoQuery]>();
beforeEach(() => {
  backend();
  written.mockReset();
});
const last = () => written.mock.lastCall?.[0];

test('a variable: the values of a field of a portfolio, with their counts', async () => {
  function Page() {
    const [source] = useState(() => datasource());
    const [query, setQuery] = useState('label_values(strategy_id)' as unknown as GinkgoVariableQuery);
    const change = (next: GinkgoVariableQuery) => {
      written(next);
      setQuery(next);
    };
    return (
      <VariableEditor datasource={source} query={query} onChange={change} onRunQuery={() => undefined} />
    );
  }
  render(<Page />);
  await screen.findByLabelText('In system');
  expect(last()).toMatchObject({ field: 'strategy_id' });
  expect(screen.queryByRole('radio', { name: 'LogQL' })).toBeNull();
  fireEvent.click(screen.getByRole('radio', { name: 'Portfolio' }));
  fireEvent.click(screen.getByLabelText('Show counts'));
  expect(last()).toMatchObject({ field: 'strategy_id', queryType: 'portfolio', showCounts: true });
});

test('an annotation is events, and nothing else to choose', async () => {
  const source = datasource();
  const query = { refId: 'Anno', queryType: 'any' };
  render(
    <AnnotationEditor datasource={source} query={query} onChange={written} onRunQuery={() => undefined} />
  );
  await screen.findByLabelText('In system');
  expect(screen.queryByLabelText('Show')).toBeNull();
  const title = screen.getByLabelText('Title');
  fireEvent.change(title, { target: { value: '{{symbol}}' } });
  fireEvent.blur(title);
  expect(last()).toEqual({
    refId: 'Anno',
    queryType: 'any',
    result: 'events',
    events: { title: '{{symbol}}' },
  });
});

test('context is of the stream, or wider', () => {
  const onChange = jest.fn();
  const onClose = jest.fn();
  const choices: Width[] = [{ kind: 'stream' }, { kind: 'trace', id: 't1' }];
  const page = render(<ContextUi choices={choices} onChange={onChange} onClose={onClose} />);
  fireEvent.click(screen.getByRole('radio', { name: 'Same trace' }));
  expect(onChange).toHaveBeenCalledWith({ kind: 'trace', id: 't1' });
  page.unmount();
  expect(onClose).toHaveBeenCalled();
});

test('where to start', () => {
  const onClick = jest.fn();
  render(
    <Help
      datasource={datasource() as unknown as DataSourceApi<GinkgoQuery>}
      query={{ refId: 'A' }}
      onClickExample={onClick}
    />
  );
  fireEvent.click(screen.getByRole('button', { name: 'Warnings and worse' }));
  expect(onClick).toHaveBeenCalledWith(expect.objectContaining({ queryType: 'any' }));
  expect(screen.getByText('Log lines of everything, where level is at least warning')).toBeInTheDocument();
});

test('oldest first in Explore asks for the oldest lines', () => {
  const onRunQuery = jest.fn();
  const query = { refId: 'A', queryType: 'any' };
  renderHook(() => {
    const { edit } = useEdit({ query, app: CoreApp.Explore, onChange: written, onRunQuery });
    useSortOrder(CoreApp.Explore, true, edit);
  });
  act(() => store.set('grafana.explore.logs.sortOrder', LogsSortOrder.Ascending));
  expect(last()).toEqual({ ...query, direction: 'forward' });
  act(() => store.set('grafana.explore.logs.sortOrder', LogsSortOrder.Ascending));
  expect(onRunQuery).toHaveBeenCalledTimes(1);
  act(() => store.set('grafana.explore.logs.sortOrder', LogsSortOrder.Descending));
  expect(last()).toEqual(query);
});
