import { expect, ids, test } from './kit';

test('the built plugin loads, asks the real plugin and its lines are drawn', async ({ workbench, page }) => {
  await workbench.open({ query: { queryType: 'portfolio', ids: [ids.portfolio], limit: 50 } });
  expect(await workbench.answered()).toBe('Done');
  await page
    .getByRole('button', { name: /^Details/ })
    .first()
    .click();
  await expect(page.getByRole('row', { name: 'portfolio_id' })).toContainText(ids.portfolio);
});

test('a table is drawn with its columns', async ({ workbench, page }) => {
  await workbench.open({ query: { queryType: 'any', system: 'fastapi', result: 'table', limit: 20 } });
  expect(await workbench.answered()).toBe('Done');
  await expect(page.getByRole('columnheader', { name: 'level' })).toBeVisible();
});

test.describe('a query that is wrong', () => {
  test.use({ allowed: [/status of 400/] });
  test('is shown with the plugin’s own words', async ({ workbench, page }) => {
    await workbench.open({ query: { queryType: 'nonsense' } });
    expect(await workbench.answered()).toContain('"nonsense"');
    await expect(page.getByTestId('answer').getByText('"nonsense"')).toBeVisible();
  });
});
