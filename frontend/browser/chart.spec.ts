// A person without LogQL: from the empty editor to a chart of error rates, in five choices or fewer.
import { type Page } from '@playwright/test';

import { expect, ids, test, type Workbench } from './kit';

async function drawn(workbench: Workbench) {
  expect(await workbench.answered()).toBe('Done');
  const chart = workbench.page.getByRole('region', { name: 'Chart' });
  await expect(chart).toBeVisible();
  expect(Number(await chart.getAttribute('data-series'))).toBeGreaterThan(0);
  const query = await workbench.query();
  expect(query).toMatchObject({ queryType: 'portfolio', result: 'errorRate', groupBy: ['strategy_id'] });
  expect(query.ids).toHaveLength(1);
  expect((await workbench.models()).length, 'choices').toBeLessThanOrEqual(5);
}

/** Takes what a list was narrowed to with the keyboard alone, once it is narrowed and the mark is there. */
async function take(page: Page, name: RegExp) {
  await expect(page.getByRole('option').first()).toHaveText(name);
  // Grafana's options have ids of their own; the number of the marked one stands in the control.
  const marked = () => page.locator(':focus').getAttribute('aria-activedescendant');
  await expect(async () => {
    if (!(await marked())?.endsWith('-item-0')) {
      await page.keyboard.press('ArrowDown');
    }
    expect(await marked()).toMatch(/-item-0$/);
  }).toPass({ timeout: 60_000 });
  await page.keyboard.press('Enter');
}

test('a chart of error rates by strategy, with the mouse', async ({ workbench, page }) => {
  await workbench.open();
  await workbench.pick('Portfolio');
  await workbench.choose('Which portfolios');
  await workbench.choose('Show', 'Error rate');
  await workbench.choose('For each', 'strategy_id');
  await drawn(workbench);
  await expect(page.getByRole('region', { name: 'Chart' })).not.toContainText('No data');
});

test('a chart of error rates by strategy, with the keyboard', async ({ workbench, page }) => {
  await workbench.open();
  await expect(workbench.control('Ask for')).toBeVisible();
  await workbench.tabTo('Portfolio');
  await page.keyboard.press('Space');
  await workbench.tabTo('Which portfolios');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('option').first()).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await workbench.tabTo('Show');
  await page.keyboard.type('Error rate');
  await take(page, /^Error rate/);
  await workbench.tabTo('For each');
  await page.keyboard.type('strategy_id');
  await take(page, /^strategy_id/);
  await page.keyboard.press('Escape');
  await drawn(workbench);
});

test('ids are offered with the number of their lines, and searched on the server', async ({
  workbench,
  page,
}) => {
  await workbench.open({ query: { queryType: 'portfolio' } });
  await workbench.control('Which portfolios').click();
  await expect(page.getByRole('option').first()).toContainText(/\d/);
  await workbench.control('Which portfolios').fill(ids.portfolio.slice(0, 6));
  await expect(page.getByRole('option').filter({ hasText: ids.portfolio })).toBeVisible();
});
