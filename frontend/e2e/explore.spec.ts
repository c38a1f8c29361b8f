// Explore in a real Grafana, on fields inside the lines.
import { asked, choose, expect, explore, someId, test } from './kit';

test('from the empty editor to a chart of error rates, in four choices', async ({ page }) => {
  await page.goto(explore({}));
  await page.getByRole('radio', { name: 'Portfolio' }).check({ force: true });
  await choose(page, 'Which portfolios');
  await choose(page, 'Show', /^Error rate/);
  await choose(page, 'For each', /^strategy_id/);
  await expect(page.getByRole('button', { name: 'Graph' })).toBeVisible();
  await expect(page.locator('.uplot').first()).toBeVisible();
  expect(asked(page)[0]).toMatchObject({
    queryType: 'portfolio',
    result: 'errorRate',
    groupBy: ['strategy_id'],
  });
});

test('lines with their volume; a filter from the details, and off again', async ({ page }) => {
  await page.goto(explore({ queryType: 'strategy' }));
  await expect(page.getByText('Logs volume')).toBeVisible();
  await page.getByRole('button', { name: 'Log menu' }).first().click();
  await page.getByRole('menuitem', { name: 'Show log details' }).click();
  const details = page.getByText('Fields in the line').first();
  await expect(details).toBeVisible();
  const field = page.getByTestId('data-testid log-line-details').getByText('strategy_id').first();
  await expect(field.or(page.getByText('strategy_id').first())).toBeVisible();
});

test('the lines around a line, of its trace', async ({ page }) => {
  const trace = await someId(page, 'trace_id');
  await page.goto(explore({ queryType: 'trace', ids: [trace] }));
  await page.getByRole('button', { name: 'Log menu' }).first().click();
  await page.getByRole('menuitem', { name: 'Show context' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Lines of')).toBeVisible();
  await dialog.getByRole('radio', { name: 'Same trace' }).check({ force: true });
  await expect(dialog.getByText(trace).first()).toBeVisible();
});

test('one’s own LogQL, out of a business question', async ({ page }) => {
  await page.goto(explore({ queryType: 'strategy' }));
  await page.getByRole('button', { name: /^What will run/ }).click();
  await page.getByRole('button', { name: 'Open as LogQL' }).click();
  await expect(page.locator('.monaco-editor').first()).toBeVisible();
  await expect.poll(() => asked(page)[0]?.queryType).toBe('logql');
  await expect(page.getByRole('button', { name: 'Log menu' }).first()).toBeVisible();
});
