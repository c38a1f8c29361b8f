// What dashboards do with a data source: variables, chained and multi-valued, and annotations.
import { accessible, expect, ids, test } from './kit';

test('a variable: the strategies of a portfolio, with the number of their lines', async ({
  workbench,
  page,
}) => {
  await workbench.open({ view: 'variable' });
  await workbench.choose('Values of', /^strategy_id/, 'strategy_id');
  const values = page.getByRole('list', { name: 'Values of the variable' }).getByRole('listitem');
  await expect(values.first()).toBeVisible();
  const all = await values.count();
  await workbench.pick('Portfolio');
  await workbench.choose('Which portfolios', ids.portfolio, ids.portfolio);
  await expect.poll(() => values.count()).toBeLessThanOrEqual(all);
  // The switch itself lies under what is drawn of it: the keyboard reaches it wherever that stands.
  await page.getByLabel('Show counts').press('Space');
  await expect(page.getByLabel('Show counts')).toBeChecked();
  await expect(values.first()).toContainText(/\(\d/);
  await accessible(page, '[data-testid="variable-editor"]');
});

test('variables in a chain: the runs of the strategies of a portfolio', async ({ workbench, page }) => {
  const query = {
    field: 'task_id',
    queryType: 'portfolio',
    ids: ['$portfolio'],
    filters: [{ field: 'strategy_id', operator: '=', values: ['$strategy'] }],
  };
  const variables = [
    { name: 'portfolio', value: ids.portfolio },
    { name: 'strategy', value: ['$__all'], options: [ids.strategy, 'b'] },
  ];
  const asked = page.waitForRequest(/resources\/values$/);
  await workbench.open({ view: 'variable', query, variables });
  expect((await asked).postDataJSON()).toMatchObject({ field: 'task_id', query: { ids: [ids.portfolio] } });
  // All strategies are no condition.
  expect((await asked).postDataJSON().query.filters).toEqual([]);
  const values = page.getByRole('list', { name: 'Values of the variable' }).getByRole('listitem');
  await expect(values.first()).toBeVisible();
});

test('several values in a regular expression are taken literally', async ({ workbench, page }) => {
  const filters = [{ field: 'event_type', operator: '=~', values: ['$event'] }];
  const variables = [{ name: 'event', value: ['ORDER.*', 'ORDERFILLED'] }];
  const sent = page.waitForRequest((request) => request.url().includes('/api/ds/query'));
  await workbench.open({
    app: 'panel-editor',
    query: { queryType: 'portfolio', ids: [ids.portfolio], filters },
    variables,
  });
  const [query] = (await sent).postDataJSON().queries;
  expect(new RegExp(`^(?:${query.filters[0].values[0]})$`).test('ORDERFILLED')).toBe(true);
  expect(new RegExp(`^(?:${query.filters[0].values[0]})$`).test('ORDERREJECTED')).toBe(false);
  expect(await workbench.answered()).toBe('Done');
  await expect(page.getByTestId('log-line').first()).toContainText('ORDERFILLED');
});

test('a variable of another variable: chained by its value', async ({ workbench, page }) => {
  const query = { field: 'strategy_id', queryType: 'portfolio', ids: ['$portfolio'] };
  await workbench.open({ view: 'variable', query, variables: [{ name: 'portfolio', value: ids.portfolio }] });
  const values = page.getByRole('list', { name: 'Values of the variable' }).getByRole('listitem');
  await expect(values.first()).toBeVisible();
  const asked = page.waitForRequest(/resources\/values$/);
  await page.reload();
  expect((await asked).postDataJSON().query.ids).toEqual([ids.portfolio]);
});

for (const [name, value, expected] of [
  ['one value', ids.portfolio, [ids.portfolio]],
  ['several values', [ids.portfolio, 'another'], [ids.portfolio, 'another']],
  ['All', ['$__all'], []],
] as const) {
  test(`${name} of a variable in the ids of a query`, async ({ workbench, page }) => {
    const variables = [
      { name: 'portfolio', value: value as string | string[], options: [ids.portfolio, 'b', 'c'] },
    ];
    const sent = page.waitForRequest((request) => request.url().includes('/api/ds/query'));
    await workbench.open({
      app: 'panel-editor',
      query: { queryType: 'portfolio', ids: ['$portfolio'] },
      variables,
    });
    const [query] = (await sent).postDataJSON().queries;
    expect(query.ids ?? []).toEqual(name === 'All' ? expect.any(Array) : expected);
    expect(await workbench.answered()).toBe('Done');
    // What is stored keeps the variable.
    expect((await workbench.query()).ids).toEqual(['$portfolio']);
  });
}
