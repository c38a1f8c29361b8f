import { expect, test as base } from '@grafana/plugin-e2e';
import { type Locator, type Page } from '@playwright/test';

export { expect };

/** The data source that every spec asks: `ginkgo`, over a Loki with demo logs. */
export const datasource = { type: 'ginkgo-loki-datasource', uid: 'ginkgo' };

export const test = base;
test.skip(!process.env.GRAFANA_URL, 'no Grafana is given: GRAFANA_URL=http://… npm run e2e');

/** Opens a list and takes the option with this text, else the first one. */
export async function choose(where: Page | Locator, label: string, option?: RegExp, typed?: string) {
  const control = where.getByLabel(label, { exact: true });
  await control.click();
  if (typed !== undefined) {
    await control.fill(typed);
  }
  const page = 'page' in where ? where.page() : where;
  const options = page.getByRole('option');
  await (option ? options.filter({ hasText: option }) : options).first().click();
  await page.keyboard.press('Escape');
}
