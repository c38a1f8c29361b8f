import { expect, test as base } from '@grafana/plugin-e2e';
import { type Locator, type Page } from '@playwright/test';

export { expect };

/** The data source that every spec asks: `ginkgo`, over a Loki with demo logs. */
export const datasource = { type: 'ginkgo-loki-datasource', uid: 'ginkgo' };

export const test = base;
test.skip(!process.env.GRAFANA_URL, 'no Grafana is given: GRAFANA_URL=http://… npm run e2e');

/** The address of Explore with queries in one pane. */
export function explore(...queries: object[]): string {
  const all = queries.map((query, at) => ({ refId: 'ABC'[at], datasource, ...query }));
  const panes = { a: { datasource: 'ginkgo', queries: all, range: { from: 'now-1h', to: 'now' } } };
  return `/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify(panes))}`;
}

/** The queries in the address of Explore. */
export function asked(page: Page): Array<Record<string, unknown>> {
  const panes = new URL(page.url()).searchParams.get('panes');
  const [pane] = Object.values(JSON.parse(panes ?? '{}')) as Array<{ queries: never[] }>;
  return pane?.queries ?? [];
}

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

/** An id that the demo logs have. */
export async function someId(page: Page, field: string): Promise<string> {
  const to = Date.now();
  const answer = await page.request.post('/api/datasources/uid/ginkgo/resources/values', {
    data: { query: {}, field, limit: 1, from: `${to - 3_600_000}`, to: `${to}` },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).values[0].value;
}
