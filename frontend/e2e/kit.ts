import { expect, test as base } from '@grafana/plugin-e2e';
import { type Locator, type Page } from '@playwright/test';

export { expect };

/** The data source that every spec asks: `ginkgo`, over a Loki with demo logs. */
export const datasource = { type: 'ginkgo-loki-datasource', uid: 'ginkgo' };

/** Signed in anew for each test: Grafana changes a session's token every ten minutes, so that none serves a whole run. */
export const test = base.extend<{ signedIn: void }>({
  signedIn: [
    async ({ context }, provide) => {
      const answer = await context.request.post('/login', { data: { user: 'admin', password: 'admin' } });
      expect(answer.ok(), await answer.text()).toBe(true);
      await provide();
    },
    { auto: true },
  ],
});
test.skip(!process.env.GRAFANA_URL, 'no Grafana is given: GRAFANA_URL=http://… npm run e2e');

/** The address of Explore with a query. */
export function explore(query: object): string {
  const queries = [{ refId: 'A', datasource, ...query }];
  const panes = { a: { datasource: datasource.uid, queries, range: { from: 'now-1h', to: 'now' } } };
  return `/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify(panes))}`;
}

/** The query that the address of Explore holds. */
export function asked(page: Page): Record<string, unknown> {
  const panes = new URL(page.url()).searchParams.get('panes');
  const [pane] = Object.values(JSON.parse(panes ?? '{}')) as Array<{ queries?: object[] }>;
  return { ...pane?.queries?.[0] };
}

/** Chooses one of a group of radio buttons. */
export async function pick(where: Page | Locator, name: string) {
  const radio = where.getByRole('radio', { name, exact: true });
  await radio.click();
  await expect(radio).toBeChecked();
}

/** Opens a list and takes the option that begins with this text, else the first one. */
export async function choose(where: Page | Locator, label: string, option?: string) {
  const control = where.getByLabel(label, { exact: true });
  const page = 'page' in where ? where.page() : where;
  const options = page.getByRole('option');
  await control.click();
  if (option === undefined) {
    await options.first().click();
  } else {
    await control.fill(option);
    await options.filter({ hasText: option }).first().click();
  }
  // A list of several choices stays open for the next one.
  if ((await control.getAttribute('aria-expanded')) === 'true') {
    await page.keyboard.press('Escape');
  }
}

/** The values of a field in the demo logs, the most frequent first. */
export async function values(page: Page, field: string, query: object = {}): Promise<string[]> {
  const to = Date.now();
  const answer = await page.request.post(`/api/datasources/uid/${datasource.uid}/resources/values`, {
    data: { query, field, limit: 20, from: `${to - 3_600_000}`, to: `${to}` },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).values.map(({ value }: { value: string }) => value);
}

/** A portfolio of the demo logs with a name that people would give. */
export async function somePortfolio(page: Page): Promise<string> {
  const found = (await values(page, 'portfolio_id')).find((id) => /^[\w-]+$/.test(id));
  expect(found).toBeDefined();
  return found!;
}
