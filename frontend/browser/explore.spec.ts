// What Explore does with a data source: volume, sample, context, filters, imports, texts.
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

test('the lines around a line, in both directions, without the line itself', async ({ workbench, page }) => {
  await workbench.open({ query: { ...portfolio, limit: 20 } });
  await workbench.answered();
  await page
    .getByRole('button', { name: /^Details of/ })
    .nth(10)
    .click();
  await page.getByRole('button', { name: 'Show context' }).click();
  const context = page.getByRole('list', { name: 'Context' });
  await expect(context.locator('[data-side="row"]')).toBeVisible();
  expect(await context.locator('[data-side="before"]').count()).toBeGreaterThan(0);
  expect(await context.locator('[data-side="after"]').count()).toBeGreaterThan(0);
  const entry = await context.locator('[data-side="row"]').innerText();
  for (const other of await context.locator('li:not([data-side="row"])').allInnerTexts()) {
    expect(other).not.toBe(entry);
  }
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
