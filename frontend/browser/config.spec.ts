// The configuration page: what is set is stored as provisioning writes it, and Save & test says the health.
import { type Page } from '@playwright/test';

import { accessible, expect, ids, test, type Workbench } from './kit';

/** Opens the page of a data source of the test's own. */
async function open(workbench: Workbench, page: Page, uid: string, jsonData: object = {}, url?: string) {
  const common = await (await page.request.get('/api/datasources/uid/ginkgo')).json();
  const answer = await page.request.put(`/api/datasources/uid/${uid}`, {
    data: { name: uid, url: url ?? common.url, jsonData },
  });
  expect(answer.ok()).toBe(true);
  await workbench.open({ uid, view: 'config' });
  await expect(workbench.editor.getByRole('button', { name: 'Add system' })).toBeVisible();
}

/** Saves and gives what is stored then. */
async function saved(page: Page, uid: string): Promise<Record<string, unknown>> {
  const health = page.waitForResponse(/\/health$/);
  await page.getByRole('button', { name: 'Save & test' }).click();
  await health;
  return (await (await page.request.get(`/api/datasources/uid/${uid}`)).json()).jsonData;
}

test('Save & test says what was found', async ({ workbench, page }) => {
  await open(workbench, page, 'config-health');
  await saved(page, 'config-health');
  await expect(page.getByTestId('data-testid Alert success')).toContainText('logs found for ginkgo');
});

test.describe('an address that nobody answers at', () => {
  test.use({ allowed: [/status of (400|500|502)/] });
  test('is said in one sentence', async ({ workbench, page }) => {
    await open(workbench, page, 'config-wrong', {}, 'http://127.0.0.1:9');
    await saved(page, 'config-wrong');
    await expect(page.getByTestId('data-testid Alert error')).toContainText('127.0.0.1:9');
  });
});

test('a system is added, and Detect shows what stands where', async ({ workbench, page }) => {
  await open(workbench, page, 'config-system');
  await page.getByRole('button', { name: 'Add system' }).click();
  expect(await saved(page, 'config-system')).toEqual({ systems: [{ preset: 'ginkgo' }] });
  await workbench.unfold('Fields');
  await page.getByRole('button', { name: 'Detect fields' }).click();
  const found = workbench.editor.getByRole('row', { name: /^strategy_id/ }).first();
  await expect(found).toContainText(/stream label|structured metadata|in the line/);
});

test('tenant and limits are stored under the names of provisioning', async ({ workbench, page }) => {
  await open(workbench, page, 'config-limits');
  await page.getByRole('button', { name: /Tenant, limits and HTTP/ }).click();
  await workbench.write('Tenant', 'fake');
  await workbench.write('Most lines', '250');
  expect(await saved(page, 'config-limits')).toMatchObject({ tenant: 'fake', maxLines: 250 });
});

test('a link is stored, and hangs on its field', async ({ workbench, page }) => {
  await open(workbench, page, 'config-link');
  await page.getByRole('button', { name: 'Add link' }).click();
  await workbench.write('Link 1: field', 'portfolio_id');
  await workbench.write('Link 1: title', 'Dashboard');
  await workbench.write('Link 1: address', '/d/portfolio?var-portfolio=${__value.raw}');
  const link = {
    field: 'portfolio_id',
    title: 'Dashboard',
    url: '/d/portfolio?var-portfolio=${__value.raw}',
  };
  expect(await saved(page, 'config-link')).toEqual({ links: [link] });
  await workbench.open({
    uid: 'config-link',
    query: { queryType: 'portfolio', ids: [ids.portfolio], limit: 5 },
  });
  expect(await workbench.answered()).toBe('Done');
  await page
    .getByRole('button', { name: /^Details of/ })
    .first()
    .click();
  await expect(page.getByRole('link', { name: 'Dashboard' })).toHaveAttribute(
    'href',
    `/d/portfolio?var-portfolio=${ids.portfolio}`
  );
});

test.describe('systems that have no logs yet', () => {
  // Health answers 400 when nothing is found.
  test.use({ allowed: [/status of 400/] });
  test('are shown as provisioning wrote them, and stay so when saved', async ({ workbench, page }) => {
    const jsonData = {
      systems: [
        {
          name: 'shop',
          preset: 'fastapi',
          selector: '{app="shop"}',
          timeZone: 'Asia/Shanghai',
          errorLevels: ['critical'],
          levelMap: { oops: 'error' },
          fields: [
            { name: 'basket', type: 'number', source: ['metadata', 'line'], key: 'cart.total', unit: '€' },
          ],
        },
      ],
      defaultSystem: 'shop',
      maxLines: 500,
      tenant: 'fake',
      links: [
        {
          field: 'trace_id',
          datasourceUid: 'tempo',
          query: { queryType: 'traceql', query: '${__value.raw}' },
        },
      ],
    };
    await open(workbench, page, 'config-provisioned', jsonData);
    await expect(workbench.control('Streams')).toHaveValue('{app="shop"}');
    await workbench.editor.getByRole('button', { name: /^Fields/ }).click();
    await expect(workbench.control('Field 1: where')).toHaveValue('metadata, line');
    await workbench.editor.getByRole('button', { name: /^Words for levels/ }).click();
    expect(await saved(page, 'config-provisioned')).toEqual(jsonData);
  });
});

for (const theme of ['dark', 'light'] as const) {
  test(`axe finds nothing on the page, ${theme}`, async ({ workbench, page }) => {
    await open(workbench, page, `config-${theme}`, { systems: [{ preset: 'fastapi' }] });
    await workbench.open({ uid: `config-${theme}`, view: 'config', theme });
    await expect(workbench.editor.getByRole('button', { name: 'Add system' })).toBeVisible();
    // @grafana/plugin-ui's own: the headings of its sections skip a level.
    await accessible(page, '[data-testid="config-editor"]', ['h6']);
  });
}
