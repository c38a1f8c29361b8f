// The query editor: every question, every answer, and what is below them.
import { accessible, expect, ids, test } from './kit';

const portfolio = { queryType: 'portfolio', ids: [ids.portfolio], limit: 20 };

test.describe('asks for', () => {
  for (const kind of ['Strategy', 'Trace', 'Run'] as const) {
    test(`a ${kind.toLowerCase()}, typed or pasted`, async ({ workbench, page }) => {
      const word = kind.toLowerCase() as 'strategy' | 'trace' | 'run';
      await workbench.open();
      await workbench.pick(kind);
      await workbench.choose(/^Which/, ids[word], ids[word]);
      await expect.poll(() => workbench.query()).toMatchObject({ queryType: word, ids: [ids[word]] });
      expect(await workbench.answered()).toBe('Done');
      await expect(page.getByTestId('log-line').first()).toBeVisible();
    });
  }

  test('everything of another system', async ({ workbench, page }) => {
    await workbench.open({ query: portfolio });
    await workbench.choose('In system', /^fastapi/);
    const query = await workbench.query();
    expect(query).toMatchObject({ system: 'fastapi', queryType: 'any' });
    expect(query.ids ?? []).toEqual([]);
    await expect(workbench.editor.getByRole('radio', { name: 'Portfolio' })).toHaveCount(0);
    expect(await workbench.answered()).toBe('Done');
    await expect(page.getByTestId('log-line').first()).toBeVisible();
  });
});

test.describe('shows', () => {
  test('a table with the columns that were chosen, in their order', async ({ workbench, page }) => {
    await workbench.open({ query: portfolio });
    await workbench.choose('Show', /^Table/);
    await workbench.choose('Columns', /^event_type/, 'event_type');
    await workbench.choose('Columns', /^symbol/, 'symbol');
    await expect
      .poll(() => workbench.query())
      .toMatchObject({ result: 'table', columns: ['event_type', 'symbol'] });
    await expect(page.getByRole('columnheader', { name: 'symbol' })).toBeVisible();
  });

  test('a number for each strategy', async ({ workbench, page }) => {
    await workbench.open({ query: { ...portfolio, result: 'count', groupBy: ['strategy_id'] } });
    await workbench.pick('One number');
    await expect.poll(() => workbench.query()).toMatchObject({ instant: true });
    await expect(page.getByRole('region', { name: 'Table' })).toBeVisible();
  });

  test('the value of a field, with its aggregation', async ({ workbench, page }) => {
    await workbench.open({ query: { queryType: 'any', system: 'fastapi' } });
    await workbench.choose('Show', /^Value of a field/);
    await workbench.choose('Take the', /^95th percentile/);
    await expect
      .poll(() => workbench.query())
      .toMatchObject({ result: 'value', measure: { aggregation: 'p95' } });
    expect(await workbench.answered()).toBe('Done');
    await expect(page.getByRole('region', { name: 'Chart' })).toBeVisible();
  });

  test('top errors as a table', async ({ workbench, page }) => {
    await workbench.open({ query: { queryType: 'any' } });
    await workbench.choose('Show', /^Top errors/);
    expect(await workbench.answered()).toBe('Done');
    await expect(page.getByRole('columnheader', { name: 'message' })).toBeVisible();
  });
});

test.describe('only lines where', () => {
  test('a field has a value that the server knows', async ({ workbench, page }) => {
    await workbench.open({ query: portfolio });
    await workbench.unfold('Only lines where');
    await page.getByRole('button', { name: 'Add filter' }).click();
    await workbench.choose('Filter 1: field', /^event_type/, 'event_type');
    await workbench.choose('Filter 1: value', /^ORDERFILLED/);
    await expect
      .poll(() => workbench.query())
      .toMatchObject({ filters: [{ field: 'event_type', operator: '=', values: ['ORDERFILLED'] }] });
    expect(await workbench.answered()).toBe('Done');
    await page.getByRole('button', { name: 'Remove filter 1' }).click();
    await expect.poll(async () => (await workbench.query()).filters ?? []).toEqual([]);
  });

  test('a level is at least warning, and one of several', async ({ workbench, page }) => {
    await workbench.open({ query: portfolio });
    await workbench.unfold('Only lines where');
    await page.getByRole('button', { name: 'Add filter' }).click();
    await workbench.choose('Filter 1: field', /^level/, 'level');
    await workbench.choose('Filter 1: operator', /^is at least/);
    await workbench.choose('Filter 1: value', /^warning/);
    await expect
      .poll(() => workbench.query())
      .toMatchObject({ filters: [{ field: 'level', operator: '>=', values: ['warning'] }] });
    expect(await workbench.answered()).toBe('Done');
    for (const line of await page.getByTestId('log-line').all()) {
      expect(['warning', 'error', 'critical']).toContain(await line.getAttribute('data-level'));
    }
  });

  test('a text is in the line', async ({ workbench, page }) => {
    await workbench.open({ query: portfolio });
    await workbench.unfold('Only lines where');
    await page.getByRole('button', { name: 'Search in lines' }).click();
    await workbench.editor.getByRole('textbox', { name: /^Search 1/ }).fill('filled');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => workbench.query())
      .toMatchObject({ search: [{ operator: 'contains', text: 'filled' }] });
    expect(await workbench.answered()).toBe('Done');
    await expect(page.getByTestId('log-line').first()).toContainText(/filled/i);
  });
});

test('options: limit, order; what is no number is not written', async ({ workbench, page }) => {
  await workbench.open({ query: portfolio });
  await workbench.unfold('Options');
  await workbench.write('Most lines', '5');
  await workbench.pick('Oldest first');
  await expect.poll(() => workbench.query()).toMatchObject({ direction: 'forward' });
  await expect(page.getByRole('region', { name: 'Logs' })).toHaveAttribute('data-rows', '5');
  const before = (await workbench.query()).limit;
  await workbench.write('Most lines', 'many');
  await expect(page.getByText('“many” is no whole number')).toBeVisible();
  expect((await workbench.query()).limit).toEqual(before);
});

test('the LogQL with the reason of each part, and the way to edit it', async ({ workbench, page }) => {
  const said = page.waitForResponse(/resources\/explain$/);
  await workbench.open({ query: portfolio });
  await workbench.unfold('What will run');
  expect((await said).status()).toBe(200);
  await expect(workbench.editor.getByText('{job="ginkgo"').first()).toBeVisible();
  await page.getByRole('button', { name: 'Open as LogQL' }).click();
  const query = await workbench.query();
  expect(query.queryType).toBe('logql');
  expect(query.expr).toContain('{job="ginkgo"');
  expect(await workbench.answered()).toBe('Done');
  await expect(page.getByTestId('log-line').first()).toBeVisible();
});

test('one’s own LogQL, with the names and values that there are', async ({ workbench, page }) => {
  await workbench.open({ query: { queryType: 'logql', expr: '{job="ginkgo"} |= "error"' } });
  const code = workbench.editor.locator('.monaco-editor').first();
  await code.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.type('{job="gink');
  await page.keyboard.press('Control+Space');
  await expect(page.locator('.suggest-widget').getByText('ginkgo').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.type('{job="ginkgo"} |= "filled"');
  await page.keyboard.press('Shift+Enter');
  await expect.poll(async () => (await workbench.query()).expr).toContain('filled');
  expect(await workbench.answered()).toBe('Done');
});

test.describe('models of other times and other data sources', () => {
  test.use({ allowed: [/status of 400/] });
  const models = {
    'Loki’s range query': { expr: '{job="ginkgo"}', queryType: 'range', editorMode: 'code', maxLines: 10 },
    'a number where a list should be': { queryType: 'portfolio', ids: 7 },
    'a result of a later version': { queryType: 'any', result: 'hologram', hologramDepth: 3 },
    'nothing at all': {},
    nulls: { queryType: null, ids: null, filters: null, search: null, result: null },
  };
  for (const [name, query] of Object.entries(models)) {
    test(`${name} opens, and keeps what is not understood`, async ({ workbench }) => {
      await workbench.open({ query });
      await expect(workbench.editor.getByRole('radiogroup', { name: 'Ask for' })).toBeVisible();
      await workbench.pick('Anything');
      const kept = await workbench.query();
      for (const key of ['editorMode', 'hologramDepth'].filter((key) => key in query)) {
        expect(kept[key]).toEqual((query as Record<string, unknown>)[key]);
      }
    });
  }

  test('an error stands at the control that it names', async ({ workbench }) => {
    await workbench.open({
      query: { ...portfolio, filters: [{ field: 'level', operator: '=', values: ['loud'] }] },
    });
    await expect(workbench.editor.getByRole('alert').filter({ hasText: '"loud"' }).first()).toBeVisible();
  });
});

test('an alert rule gets a window, whatever is chosen', async ({ workbench }) => {
  await workbench.open({ app: 'unified-alerting', query: { ...portfolio, result: 'errorRate' } });
  await expect.poll(async () => (await workbench.query()).window).toMatch(/^\d/);
  await workbench.choose('Show', /^Number of errors/);
  expect((await workbench.query()).window).toMatch(/^\d/);
});

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing in the editor, ${theme}`, async ({ workbench, page }) => {
    await workbench.open({
      theme,
      query: {
        ...portfolio,
        filters: [{ field: 'level', operator: '>=', values: ['warning'] }],
        search: [{ operator: 'contains', text: 'order' }],
      },
    });
    await workbench.answered();
    for (const fold of ['Only lines where', 'Options', 'What will run']) {
      await workbench.unfold(fold);
    }
    await expect(workbench.editor.locator('pre[aria-label="LogQL"]')).toBeVisible();
    await accessible(page, '[data-testid="query-editor"]');
    await workbench.open({ theme, query: { queryType: 'any', result: 'value', instant: true } });
    await expect(workbench.control('Of the field')).toBeVisible();
    await accessible(page, '[data-testid="query-editor"]');
  });
}
