// Dashboards in a real Grafana.
import { choose, expect, test } from './kit';

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
