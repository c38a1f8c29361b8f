// The configuration page in a real Grafana.
import { datasource, expect, test } from './kit';

test('Save & test says what was found', async ({ page }) => {
  await page.goto('/connections/datasources/edit/ginkgo');
  await page.getByRole('button', { name: /^(Save & test|Test)$/ }).click();
  await expect(page.getByTestId('data-testid Alert success')).toContainText('logs found for');
});

test('a data source of one’s own: systems, Detect, and back as provisioning has it', async ({
  createDataSourceConfigPage,
  page,
}) => {
  const { url } = await (await page.request.get(`/api/datasources/uid/${datasource.uid}`)).json();
  const config = await createDataSourceConfigPage({ type: datasource.type });
  await page.getByPlaceholder('http://localhost:3100').fill(url);
  await page.getByRole('button', { name: 'Add system' }).click();
  await expect(config.saveAndTest()).toBeOK();
  await page.getByRole('button', { name: /^Fields/ }).click();
  await page.getByRole('button', { name: 'Detect fields' }).click();
  await expect(page.getByRole('row', { name: /^strategy_id/ }).first()).toContainText('in the line');
  const stored = await page.request.get(`/api/datasources/uid/${config.datasource.uid}`);
  // Grafana adds keys of its own.
  expect((await stored.json()).jsonData).toMatchObject({ systems: [{ preset: 'ginkgo' }] });
});
