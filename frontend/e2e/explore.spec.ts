// Explore in a real Grafana, on fields that stand inside the lines.
import { type Page } from '@playwright/test';

import { asked, choose, expect, explore, pick, somePortfolio, test, values } from './kit';

/** The menu that each line has. */
const menus = (page: Page) => page.getByRole('button', { name: 'Log menu' });

/** Takes an entry of the menu of the first line. */
async function ofFirstLine(page: Page, entry: string) {
  await menus(page).first().click();
  await page.getByRole('menuitem', { name: entry }).click();
}

/** Presses a button of a field in the details of the first line. */
async function press(page: Page, field: string, button: RegExp) {
  const row = page.locator(`xpath=//div[./div[normalize-space(.)="${field}"]]`).last();
  const wanted = row.getByRole('button', { name: button });
  const details = page.getByRole('button', { name: 'Fields in the line' });
  // Grafana may close the details, or leave a menu open over them, while lines are read anew.
  await expect(async () => {
    if (!(await wanted.isVisible())) {
      await page.keyboard.press('Escape');
      if (!(await details.isVisible())) {
        await menus(page).first().click({ timeout: 5000 });
        await page.getByRole('menuitem', { name: 'Show log details' }).click({ timeout: 5000 });
      }
    }
    await wanted.click({ timeout: 5000 });
  }).toPass();
}

test('from nothing to what goes wrong most, with one choice', async ({ page }) => {
  await page.goto(explore({}));
  await page.getByRole('button', { name: 'What goes wrong most' }).click();
  await expect.poll(() => asked(page)).toMatchObject({ queryType: 'any', result: 'topErrors' });
  await expect(page.getByRole('columnheader', { name: 'message' })).toBeVisible();
});

test('the lines of a portfolio, with their volume by level', async ({ page }) => {
  const portfolio = await somePortfolio(page);
  await page.goto(explore({}));
  await pick(page, 'Portfolio');
  await choose(page, 'Which portfolios', portfolio);
  await expect(menus(page).first()).toBeVisible();
  await expect.poll(() => asked(page)).toMatchObject({ queryType: 'portfolio', ids: [portfolio] });
  const volume = page.getByTestId('data-testid Panel header Logs volume');
  await expect(volume.locator('canvas').first()).toBeVisible();
  await expect(volume.getByRole('button', { name: 'info' })).toBeVisible();
});

test('filter for a value inside the line from its details, off again, and out', async ({ page }) => {
  await page.goto(explore({ queryType: 'strategy' }));
  await press(page, 'strategy_id', /^Filter for value/);
  await expect
    .poll(() => asked(page).filters)
    .toEqual([{ field: 'strategy_id', operator: '=', values: [expect.any(String)] }]);
  await press(page, 'strategy_id', /^Remove filter/);
  await expect.poll(() => asked(page).filters ?? []).toEqual([]);
  await press(page, 'strategy_id', /^Filter out value/);
  await expect.poll(() => asked(page).filters).toMatchObject([{ field: 'strategy_id', operator: '!=' }]);
  await expect(menus(page).first()).toBeVisible();
});

test('the lines around a line: of its stream, of its trace', async ({ page }) => {
  const [trace] = await values(page, 'trace_id');
  await page.goto(explore({ queryType: 'trace', ids: [trace] }));
  await ofFirstLine(page, 'Show context');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('radio', { name: 'This stream' })).toBeChecked();
  await pick(dialog, 'Same trace');
  // Grafana reads on when the end of the list is seen. The line itself is there, and others of its trace.
  const end = dialog.getByText(/Loading (older|newer) logs|No more logs/).last();
  await expect(async () => {
    await end.scrollIntoViewIfNeeded({ timeout: 5000 }).catch(() => undefined);
    expect(await dialog.getByText(trace!).count()).toBeGreaterThan(1);
  }).toPass();
});

test('a trace id leads to all lines of its trace', async ({ page }) => {
  const filters = [{ field: 'trace_id', operator: 'exists', values: [] }];
  await page.goto(explore({ queryType: 'any', filters }));
  await ofFirstLine(page, 'Show log details');
  await page.getByRole('link', { name: 'All lines of this trace' }).click();
  await expect.poll(() => page.url()).toContain('%22queryType%22:%22trace%22');
});

test('one’s own LogQL, out of a question', async ({ page }) => {
  await page.goto(explore({ queryType: 'strategy' }));
  await page.getByRole('button', { name: /^What will run/ }).click();
  await page.getByRole('button', { name: 'Open as LogQL' }).click();
  await expect(page.locator('.monaco-editor').first()).toBeVisible();
  await expect.poll(() => asked(page).queryType).toBe('logql');
  await expect(menus(page).first()).toBeVisible();
});
