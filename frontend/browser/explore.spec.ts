// What Explore does with a data source: volume, sample, context, filters, imports, texts.
import { type DataFrame } from '@grafana/data';

import { expect, ids, test } from './kit';

const portfolio = { queryType: 'portfolio', ids: [ids.portfolio], limit: 50 };

test('the volume of the lines by level, over the whole range', async ({ workbench, page }) => {
  await workbench.open({ query: portfolio });
  const volume = page.getByRole('region', { name: 'Log volume' });
  await expect(volume).toBeVisible();
  expect(Number(await volume.getAttribute('data-series'))).toBeGreaterThan(1);
  await expect(volume).toContainText('error');
});

test('a sample of the lines behind numbers', async ({ workbench, page }) => {
  await workbench.open({ query: { ...portfolio, result: 'errorRate', groupBy: ['strategy_id'] } });
  const sample = await page.evaluate(async () => {
    const { datasource, state } = window.workbench;
    const request = window.workbench.request([state.value.query]);
    const explore = datasource as unknown as {
      getSupplementaryRequest: (type: string, request: object, options: object) => never;
    };
    const asked = explore.getSupplementaryRequest('LogsSample', request, { type: 'LogsSample', limit: 7 });
    return new Promise<{ rows: number; error?: string }>((resolve) =>
      window.workbench
        .ask(asked)
        .subscribe(({ data, errors }) => resolve({ rows: data[0]?.length ?? 0, error: errors?.[0]?.message }))
    );
  });
  expect(sample).toEqual({ rows: 7, error: undefined });
});

test('filter for, filter out and off again, on a field inside the line', async ({ workbench, page }) => {
  await workbench.open({ query: { queryType: 'strategy', limit: 50 } });
  const press = async (what: string) => {
    expect(await workbench.answered()).toBe('Done');
    const details = page.getByRole('button', { name: /^Details of/ }).first();
    if ((await details.getAttribute('aria-expanded')) === 'false') {
      await details.click();
    }
    await page.getByRole('button', { name: `${what} strategy_id`, exact: true }).click();
  };
  const filters = async () => (await workbench.query()).filters ?? [];
  await press('Filter for');
  await expect.poll(filters).toMatchObject([{ field: 'strategy_id', operator: '=' }]);
  await press('Filter for');
  await expect.poll(filters).toEqual([]);
  await press('Filter out');
  await expect.poll(filters).toMatchObject([{ field: 'strategy_id', operator: '!=' }]);
});

test('a text that is selected in a line becomes a condition', async ({ workbench, page }) => {
  await workbench.open({ query: portfolio });
  await page.evaluate(() => {
    const { datasource, change, run } = window.workbench;
    const action = { type: 'ADD_STRING_FILTER', options: { value: 'Order filled' } };
    change(datasource.modifyQuery!(window.workbench.state.value.query, action));
    run();
  });
  expect(await workbench.query()).toMatchObject({ search: [{ operator: 'contains', text: 'Order filled' }] });
  expect(await workbench.answered()).toBe('Done');
  await expect(page.getByTestId('log-line').first()).toContainText('Order filled');
});

test('a query of another data source comes in by its labels, and goes out again', async ({
  workbench,
  page,
}) => {
  await workbench.open();
  const { taken, given } = await page.evaluate(async () => {
    const source = window.workbench.datasource as unknown as {
      importFromAbstractQueries: (queries: object[]) => Promise<Array<Record<string, unknown>>>;
      exportToAbstractQueries: (queries: object[]) => Promise<Array<Record<string, unknown>>>;
    };
    const labelMatchers = [
      { name: 'job', operator: 'Equal', value: 'ginkgo' },
      { name: 'level', operator: 'Equal', value: 'error' },
    ];
    const taken = await source.importFromAbstractQueries([{ refId: 'B', labelMatchers }]);
    return { taken, given: await source.exportToAbstractQueries(taken) };
  });
  expect(taken[0]).toMatchObject({ refId: 'B' });
  expect(JSON.stringify(taken[0])).toContain('error');
  expect(given[0]).toMatchObject({ refId: 'B' });
  const query = taken[0] ?? {};
  await workbench.open({ query });
  expect(await workbench.answered()).toBe('Done');
});

test('the history says queries as sentences', async ({ workbench, page }) => {
  await workbench.open({ query: { ...portfolio, result: 'errorRate', groupBy: ['strategy_id'] } });
  const text = await page.evaluate(() =>
    window.workbench.datasource.getQueryDisplayText!(window.workbench.state.value.query)
  );
  expect(text).toMatch(/error rate/i);
  expect(text).toContain('strategy_id');
  expect(text).not.toContain('{');
});

test('ad hoc filters offer fields and values, and reach the query', async ({ workbench, page }) => {
  await workbench.open({ query: portfolio });
  const { keys, values, levels } = await page.evaluate(async () => {
    const { datasource } = window.workbench;
    const timeRange = window.workbench.range();
    const keys = (await datasource.getTagKeys!({ filters: [], timeRange })) as Array<{ text: string }>;
    const values = (await datasource.getTagValues!({ key: 'event_type', filters: [], timeRange })) as Array<{
      text: string;
    }>;
    const filters = [{ key: 'level', operator: '=|', value: 'error', values: ['error', 'critical'] }];
    const request = window.workbench.request([window.workbench.state.value.query], { filters });
    const levels = await new Promise<string[]>((resolve) =>
      window.workbench.ask(request).subscribe(({ data }) => {
        const severity = data[0]?.fields.find((field: { name: string }) => field.name === 'severity');
        resolve([...new Set<string>(severity?.values)]);
      })
    );
    return { keys: keys.map(({ text }) => text), values: values.map(({ text }) => text), levels };
  });
  expect(keys).toContain('event_type');
  expect(values).toContain('ORDERFILLED');
  expect(levels.length).toBeGreaterThan(0);
  expect(levels.every((level) => ['error', 'critical'].includes(level))).toBe(true);
});

test('older lines follow on, as the infinite scroll asks for them', async ({ workbench, page }) => {
  await workbench.open({ query: portfolio });
  expect(await workbench.answered()).toBe('Done');
  const { newer, older, whole } = await page.evaluate(async () => {
    const session = window.workbench;
    const { query } = session.state.value;
    const ask = (target: object) =>
      new Promise<Record<string, unknown[]>>((resolve) =>
        session
          .ask(session.request([{ ...query, ...target }]))
          .subscribe(({ data }) =>
            resolve(
              Object.fromEntries((data[0] as DataFrame).fields.map(({ name, values }) => [name, values]))
            )
          )
      );
    const whole = await ask({ limit: 100 });
    const newer = await ask({});
    // The border's millisecond belongs to both answers; Grafana takes lines with the same id as one.
    session.set({ to: `${Math.min(...(newer.timestamp as number[])) + 1}` });
    const older = await ask({ supportingQueryType: 'infiniteScroll' });
    return { newer: newer.id, older: older.id, whole: whole.id };
  });
  expect(newer).toHaveLength(50);
  expect(older).toHaveLength(50);
  const both = [...new Set([...newer!, ...older!])];
  expect(both.length).toBeGreaterThan(50);
  expect(both).toEqual(whole!.slice(0, both.length));
});

test('the order of Explore’s own toggle becomes the order that is asked for', async ({ workbench, page }) => {
  await workbench.open({ query: portfolio });
  const first = () => page.getByTestId('log-line').first().getAttribute('data-uid');
  expect(await workbench.answered()).toBe('Done');
  const newest = await first();
  await page.getByRole('radio', { name: 'Oldest', exact: true }).check();
  await expect.poll(() => workbench.query()).toMatchObject({ direction: 'forward' });
  expect(await workbench.answered()).toBe('Done');
  await expect.poll(first).not.toBe(newest);
  await page.getByRole('radio', { name: 'Newest', exact: true }).check();
  await expect.poll(async () => (await workbench.query()).direction).toBeUndefined();
});

test('an empty query offers where to start', async ({ workbench, page }) => {
  await workbench.open();
  await page.getByRole('button', { name: 'What goes wrong most' }).click();
  expect(await workbench.query()).toMatchObject({ queryType: 'any', result: 'topErrors' });
  expect(await workbench.answered()).toBe('Done');
  await expect(page.getByRole('columnheader', { name: 'message' })).toBeVisible();
});

test('a heavy query says what it costs, and waits for a person', async ({ workbench, page }) => {
  await page.route('**/resources/explain', async (route) => {
    const answer = await route.fetch();
    const cost = { streams: 14, chunks: 900, entries: 1_000_000_000, bytes: 50 * 1024 ** 3 };
    await route.fulfill({ response: answer, json: { ...(await answer.json()), cost } });
  });
  await workbench.open({ query: portfolio });
  await expect(
    workbench.editor.getByRole('alert', { name: 'This reads about 50.0 GiB in 14 streams' })
  ).toBeVisible();
  await workbench.choose('Show', /^Table/);
  await expect.poll(() => workbench.query()).toMatchObject({ result: 'table' });
  await expect(page.getByRole('region', { name: 'Logs' })).toBeVisible();
  await page.getByRole('button', { name: 'Run it all the same' }).click();
  expect(await workbench.answered()).toBe('Done');
  await expect(page.getByRole('region', { name: 'Table' })).toBeVisible();
});
