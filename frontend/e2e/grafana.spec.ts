// The flows of the browser tests in a real Grafana, by Grafana's own selectors.
import { expect, test } from '@grafana/plugin-e2e';
import { type Page } from '@playwright/test';

const datasource = { type: 'ginkgo-loki-datasource', uid: 'ginkgo' };

test.skip(!process.env.GRAFANA_URL, 'no Grafana is given: GRAFANA_URL=http://… npm run e2e');

/** The address of Explore with queries in one pane. */
function explore(...queries: object[]): string {
  const all = queries.map((query, at) => ({ refId: 'ABC'[at], datasource, ...query }));
  const panes = { a: { datasource: 'ginkgo', queries: all, range: { from: 'now-1h', to: 'now' } } };
  return `/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify(panes))}`;
}

/** Opens a list and takes the option with this text, else the first one. */
async function choose(page: Page, label: string, option?: RegExp) {
  await page.getByLabel(label, { exact: true }).click();
  const options = page.getByRole('option');
  await (option ? options.filter({ hasText: option }) : options).first().click();
  await page.keyboard.press('Escape');
}

test('the health of the data source', async ({ page }) => {
  await page.goto('/connections/datasources/edit/ginkgo');
  await page.getByRole('button', { name: /^(Save & test|Test)$/ }).click();
  await expect(page.getByTestId('data-testid Alert success')).toContainText('logs found for');
});

test('from the empty editor to a chart of error rates in Explore', async ({ page }) => {
  await page.goto(explore({}));
  await page.getByRole('radio', { name: 'Portfolio' }).check({ force: true });
  await choose(page, 'Which portfolios');
  await choose(page, 'Show', /^Error rate/);
  await choose(page, 'For each', /^strategy_id/);
  await expect(
    page.getByTestId('data-testid panel content').or(page.locator('.uplot')).first()
  ).toBeVisible();
});

test('lines with their volume, and a filter from the details', async ({ page }) => {
  await page.goto(explore({ queryType: 'strategy' }));
  await expect(page.getByText('Logs volume')).toBeVisible();
  await expect(page.getByText(/lines shown|lines displayed/)).toBeVisible();
});

test('a panel keeps its query', async ({ gotoDashboardPage, page }) => {
  const dashboard = await gotoDashboardPage({});
  const panel = await dashboard.addPanel();
  await panel.datasource.set('Ginkgo');
  await panel.setVisualization('Table');
  await page.getByRole('radio', { name: 'Anything' }).check({ force: true });
  await choose(page, 'Show', /^Table/);
  await expect(panel.refreshPanel()).toBeOK();
});

test('an alert rule gets a window', async ({ page }) => {
  await page.goto('/alerting/new/alerting');
  await page.getByRole('radio', { name: 'Anything' }).first().check({ force: true });
  await expect(page.getByLabel('Over the last').first()).not.toHaveValue('');
});
