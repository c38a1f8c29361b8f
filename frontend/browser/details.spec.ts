// What a line's details offer, on fields inside the lines: where labels are, links, and the lines around it.
import { type APIRequestContext, type Page } from '@playwright/test';

import { expect, ids, test, type Workbench } from './kit';

const portfolio = { queryType: 'portfolio', ids: [ids.portfolio], limit: 20 };

/** Opens the details of one of the lines. */
async function details(workbench: Workbench, page: Page, nth = 0) {
  expect(await workbench.answered()).toBe('Done');
  await page
    .getByRole('button', { name: /^Details of/ })
    .nth(nth)
    .click();
  return page.getByTestId('log-details');
}

/** What the lines have in a column, in their order. */
function column(page: Page, name: string): Promise<Array<Record<string, string>>> {
  return page.evaluate((name) => {
    const { fields } = window.workbench.state.value.data.series[0]!;
    return fields.find((field) => field.name === name)!.values;
  }, name);
}

/** The values that the lines have as a label, each once. */
async function labels(page: Page, name: string): Promise<string[]> {
  return [...new Set((await column(page, 'labels')).map((row) => row[name] ?? ''))];
}

/**
 * Where a line stands with others on both sides that have the same labels as it: those of its stream, or the
 * named one. Logs of chance have lines that are the last ones of theirs.
 */
async function amongIts(workbench: Workbench, page: Page, name?: string): Promise<number> {
  expect(await workbench.answered()).toBe('Done');
  const types = await column(page, 'labelTypes');
  const its = (await column(page, 'labels')).map((row, at) => {
    const kept = Object.entries(row).filter(([label]) => (name ? label === name : types[at]![label] === 'I'));
    return JSON.stringify(kept.sort());
  });
  const at = its.findIndex((each, at) => its.indexOf(each) < at && its.lastIndexOf(each) > at);
  expect(at).not.toBe(-1);
  return at;
}

test('labels stand in groups: of the stream, in the line', async ({ workbench, page }) => {
  await workbench.open({ query: portfolio });
  const open = await details(workbench, page);
  await expect(open.getByRole('row', { name: 'portfolio_id' })).toContainText('Fields in the line');
  await expect(open.getByRole('row', { name: /\bjob\b/ })).toContainText('Stream labels');
});

test('a trace id leads to all lines of its trace', async ({ workbench, page }) => {
  await workbench.open({ query: { queryType: 'any', filters: [{ field: 'trace_id', operator: 'exists' }] } });
  const open = await details(workbench, page);
  const trace = await open.getByRole('row', { name: 'trace_id' }).getByRole('cell').last().innerText();
  await open.getByRole('button', { name: 'All lines of this trace' }).click();
  expect(await workbench.query()).toMatchObject({ queryType: 'trace', ids: [trace] });
  expect(await workbench.answered()).toBe('Done');
  expect(await labels(page, 'trace_id')).toEqual([trace]);
});

test('links of the settings: a portfolio to its dashboard, a trace to Tempo', async ({ workbench, page }) => {
  const { url } = await (await page.request.get('/api/datasources/uid/ginkgo')).json();
  const links = [
    { field: 'portfolio_id', title: 'Dashboard', url: '/d/portfolio?var-portfolio=${__value.raw}' },
    { field: 'trace_id', title: 'Spans', datasourceUid: 'tempo' },
  ];
  await page.request.put('/api/datasources/uid/linked', {
    data: { name: 'linked', url, jsonData: { links } },
  });
  const filters = [{ field: 'trace_id', operator: 'exists', values: [] }];
  await workbench.open({ uid: 'linked', query: { ...portfolio, filters } });
  const open = await details(workbench, page);
  const trace = await open.getByRole('row', { name: 'trace_id' }).getByRole('cell').last().innerText();
  const to = (name: string) => open.getByRole('link', { name }).getAttribute('href');
  expect(await to('Dashboard')).toBe(`/d/portfolio?var-portfolio=${ids.portfolio}`);
  const spans = new URL((await to('Spans')) ?? '', 'http://x').searchParams;
  expect(spans.get('datasource')).toBe('Tempo');
  expect(spans.get('query')).toContain(trace);
});

/** Writes lines into Loki: nanoseconds and texts. */
async function push(request: APIRequestContext, stream: object, values: Array<[string, string]>) {
  const answer = await request.post(`${process.env.GINKGO_LOKI}/loki/api/v1/push`, {
    data: { streams: [{ stream, values }] },
  });
  expect(answer.status(), await answer.text()).toBe(204);
}

test.describe('the lines around a line', () => {
  test('stand on both sides, without the line itself', async ({ workbench, page }) => {
    await workbench.open({ query: { ...portfolio, limit: 100 } });
    const open = await details(workbench, page, await amongIts(workbench, page));
    await open.getByRole('button', { name: 'Show context' }).click();
    const context = page.getByRole('list', { name: 'Context' });
    await expect(context.locator('[data-side="row"]')).toBeVisible();
    expect(await context.locator('[data-side="before"]').count()).toBeGreaterThan(0);
    expect(await context.locator('[data-side="after"]').count()).toBeGreaterThan(0);
    const entry = await context.locator('[data-side="row"]').innerText();
    for (const other of await context.locator('li:not([data-side="row"])').allInnerTexts()) {
      expect(other).not.toBe(entry);
    }
  });

  test('of the same nanosecond are each there once', async ({ workbench, page, request }) => {
    const trace = `neighbours-${Date.now()}`;
    const at = `${Date.now() - 60_000}123456`;
    const names = ['one', 'two', 'three', 'four', 'five'];
    const line = (message: string) => JSON.stringify({ message, trace: { id: trace } });
    await push(
      request,
      { job: 'ginkgo', container: trace },
      names.map((name) => [at, line(name)])
    );
    await workbench.open({ query: { queryType: 'trace', ids: [trace] } });
    const open = await details(workbench, page, 2);
    await open.getByRole('button', { name: 'Show context' }).click();
    const context = page.getByRole('list', { name: 'Context' });
    await expect(context.locator('[data-side="row"]')).toBeVisible();
    expect(await context.locator('[data-side="before"]').count()).toBe(2);
    expect(await context.locator('[data-side="after"]').count()).toBe(2);
    const seen = (await context.locator('li').allInnerTexts()).map((text) => JSON.parse(text).message);
    expect(seen.sort()).toEqual([...names].sort());
  });

  for (const [width, field] of [
    ['trace', 'trace_id'],
    ['run', 'task_id'],
    ['portfolio', 'portfolio_id'],
  ] as const) {
    test(`of its ${width}, whatever stream they are in`, async ({ workbench, page }) => {
      const filters = [{ field, operator: 'exists', values: [] }];
      await workbench.open({ query: { ...portfolio, filters, limit: 100 } });
      const open = await details(workbench, page, await amongIts(workbench, page, field));
      const id = await open.getByRole('row', { name: field }).getByRole('cell').last().innerText();
      await open.getByRole('button', { name: 'Show context' }).click();
      await page.getByRole('radio', { name: `Same ${width}` }).check();
      const others = page.getByRole('list', { name: 'Context' }).locator('li:not([data-side="row"])');
      const told = page.locator(`li[title*='"${field}":"${id}"']`);
      await expect.poll(async () => (await others.count()) - (await told.count())).toBe(0);
      expect(await others.count()).toBeGreaterThan(0);
    });
  }
});
