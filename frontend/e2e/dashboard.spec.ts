// Dashboards and alert rules in a real Grafana.
import { choose, expect, pick, somePortfolio, test } from './kit';

test('a panel: from nothing to a chart of error rates by strategy', async ({ gotoDashboardPage, page }) => {
  const portfolio = await somePortfolio(page);
  const panel = await (await gotoDashboardPage({})).addPanel();
  await panel.datasource.set('Ginkgo');
  const editor = panel.getQueryEditorRow('A');
  await pick(editor, 'Portfolio');
  await choose(editor, 'Which portfolios', portfolio);
  await choose(editor, 'Show', 'Error rate');
  await choose(editor, 'For each', 'strategy_id');
  await expect(panel.panel.locator.locator('canvas').first()).toBeVisible();
  await expect(panel.panel.getErrorIcon()).toHaveCount(0);
  await panel.toggleTableView();
  await expect(page.getByRole('columnheader').first()).toBeVisible();
});

test('a panel: a table with columns that stand inside the lines', async ({ gotoDashboardPage, page }) => {
  const panel = await (await gotoDashboardPage({})).addPanel();
  await panel.datasource.set('Ginkgo');
  const editor = panel.getQueryEditorRow('A');
  await choose(editor, 'Show', 'Table');
  await choose(editor, 'Columns', 'event_type');
  await panel.toggleTableView();
  await expect(page.getByRole('columnheader', { name: 'event_type' })).toBeVisible();
});

test('a variable: the strategies of the logs', async ({ variableEditPage, page }) => {
  await variableEditPage.setVariableType('Query');
  await variableEditPage.datasource.set('Ginkgo');
  await choose(page, 'Values of', 'strategy_id');
  await variableEditPage.runQuery();
  await expect(
    variableEditPage
      .getByGrafanaSelector(
        variableEditPage.ctx.selectors.pages.Dashboard.Settings.Variables.Edit.General.previewOfValuesOption
      )
      .first()
  ).toBeVisible();
});

test('an annotation: the events of a portfolio as points', async ({ annotationEditPage, page }) => {
  const portfolio = await somePortfolio(page);
  await annotationEditPage.datasource.set('Ginkgo');
  await pick(page, 'Portfolio');
  await choose(page, 'Which portfolios', portfolio);
  await expect(annotationEditPage.runQuery()).toBeOK();
  const { resultContainer } = annotationEditPage.ctx.selectors.components.Annotations.editor;
  await expect(annotationEditPage.getByGrafanaSelector(resultContainer)).toContainText(/\d+ events \(from/);
});

test('an alert rule: a window is written, and the preview has a number a portfolio', async ({
  alertRuleEditPage,
  page,
}) => {
  const portfolio = await somePortfolio(page);
  const query = await alertRuleEditPage.getQueryRow();
  await query.datasource.set('Ginkgo');
  const editor = query.locator;
  await expect(editor.getByLabel('Over the last')).not.toHaveValue('');
  await pick(editor, 'Portfolio');
  await choose(editor, 'Show', 'Error rate');
  await choose(editor, 'For each', 'portfolio_id');
  await expect(editor.getByLabel('Over the last')).not.toHaveValue('');
  const { previewButton } = alertRuleEditPage.ctx.selectors.components.AlertRules;
  await alertRuleEditPage.getByGrafanaSelector(previewButton).click();
  await expect(page.getByText(`portfolio_id="${portfolio}"`).first()).toBeVisible();
});
