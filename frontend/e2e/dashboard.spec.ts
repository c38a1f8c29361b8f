// Dashboards and alert rules in a real Grafana.
import { choose, datasource, expect, test } from './kit';

test('a panel: a table with columns', async ({ gotoDashboardPage, page }) => {
  const panel = await (await gotoDashboardPage({})).addPanel();
  await panel.datasource.set('Ginkgo');
  await panel.setVisualization('Table');
  await page.getByRole('radio', { name: 'Anything' }).check({ force: true });
  await choose(page, 'Show', /^Table/);
  await choose(page, 'Columns', /^event_type/, 'event_type');
  await expect(panel.refreshPanel()).toBeOK();
  await expect(panel.panel.fieldNames.filter({ hasText: 'event_type' })).toBeVisible();
});

test('a variable: the strategies of the logs', async ({ variableEditPage, page }) => {
  await variableEditPage.setVariableType('Query');
  await variableEditPage.datasource.set('Ginkgo');
  await choose(page, 'Values of', /^strategy_id/, 'strategy_id');
  await variableEditPage.runQuery();
  await expect(
    variableEditPage
      .getByGrafanaSelector(
        variableEditPage.ctx.selectors.pages.Dashboard.Settings.Variables.Edit.General.previewOfValuesOption
      )
      .first()
  ).toBeVisible();
});

test('an annotation: events of the logs', async ({ annotationEditPage, page }) => {
  await annotationEditPage.datasource.set('Ginkgo');
  await page.getByRole('radio', { name: 'Anything' }).check({ force: true });
  await expect(annotationEditPage.runQuery()).toBeOK();
  await expect(annotationEditPage).toHaveAlert('success', { hasText: /events/ });
});

test('an alert rule: errors over a window that is always written', async ({ page }) => {
  const defaults = { name: 'Errors', queries: [{ refId: 'A', datasourceUid: datasource.uid, model: {} }] };
  await page.goto(`/alerting/new/alerting?defaults=${encodeURIComponent(JSON.stringify(defaults))}`);
  await page.getByRole('radio', { name: 'Anything' }).first().check({ force: true });
  await expect(page.getByLabel('Over the last').first()).not.toHaveValue('');
});
