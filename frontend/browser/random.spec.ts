// Whatever a person does in the editor, it never sends a query that the backend rejects.
import { type Locator } from '@playwright/test';

import { expect, test, type Workbench } from './kit';

const STEPS = Number(process.env.GINKGO_STEPS ?? 25);
const SEEDS = (process.env.GINKGO_SEED ?? '1,2').split(',').map(Number);
/** Texts, right and wrong ones. None names a variable: what those hold is the dashboard's matter. */
const TEXTS = ['order', '订单 "x"', '\\', '{{strategy_id}}', '5m', '1h30m', '7', '-1', 'abc', ''];

/** The controls: choices, lists, texts, buttons; a button that folds or clears is no step. */
const KINDS = [
  'input[type="radio"]',
  'input[role="combobox"]:visible',
  'input:not([type="radio"]):not([role="combobox"]):not([type="hidden"]):visible',
  'button:visible:not([aria-expanded]):not([aria-label="Clear value"])',
];

/** A small generator of numbers that is the same everywhere. */
function dice(seed: number) {
  let state = seed * 2654435761;
  return (sides: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return Math.abs(state ^ (state >>> 13)) % sides;
  };
}

async function step({ page, editor }: Workbench, roll: (sides: number) => number): Promise<string> {
  // Each kind of control has the same chance, however many of it there are.
  const kinds = [];
  for (const kind of KINDS) {
    const controls = editor.locator(kind);
    const count = await controls.count();
    if (count > 0) {
      kinds.push({ controls, count });
    }
  }
  const { controls, count: most } = kinds[roll(kinds.length)]!;
  const control: Locator = controls.nth(roll(most));
  const role = await control.evaluate(
    (element) => element.getAttribute('role') ?? element.getAttribute('type')
  );
  const label = await control.evaluate(
    (element) =>
      (element as HTMLInputElement).labels?.[0]?.textContent ??
      element.getAttribute('aria-label') ??
      element.textContent
  );
  if (role === 'radio' || role === 'checkbox' || role === 'switch') {
    await control.click({ force: true });
    return `click ${label}`;
  }
  if (role === 'combobox') {
    await control.click();
    const options = page.getByRole('option');
    await options
      .first()
      .waitFor({ timeout: 5000 })
      .catch(() => undefined);
    const count = await options.count();
    if (count > 0) {
      await options
        .nth(roll(Math.min(count, 12)))
        .click({ timeout: 5000 })
        .catch(() => undefined);
    }
    await page.keyboard.press('Escape');
    return `choose in ${label}`;
  }
  if (role === 'button') {
    await control.click();
    return `press ${label}`;
  }
  const text = TEXTS[roll(TEXTS.length)] ?? '';
  await control.fill(text);
  await control.press('Enter');
  return `write ${JSON.stringify(text)} into ${label}`;
}

for (const seed of SEEDS) {
  test.describe(`seed ${seed}`, () => {
    // A step may name what Loki does not like (a regular expression); the check below says what is wrong.
    test.use({ allowed: [/status of 400|Error loading async options/] });
    test('random steps make only queries that the backend takes', async ({ workbench, page }) => {
      test.setTimeout(STEPS * 15_000);
      await workbench.open({ query: seed % 2 ? {} : { queryType: 'portfolio', result: 'errorRate' } });
      await expect(workbench.editor.getByRole('radiogroup', { name: 'Ask for' })).toBeVisible();
      for (const fold of ['Only lines where', 'Options']) {
        await workbench.unfold(fold);
      }
      const roll = dice(seed);
      const done: string[] = [];
      for (let count = 0; count < STEPS; count += 1) {
        done.push(await step(workbench, roll));
      }
      // What is sent is what filterQuery lets pass, with the variables replaced.
      const sent = await page.evaluate(() => {
        const { datasource, models } = window.workbench;
        return models
          .filter((model) => datasource.filterQuery?.(model) ?? true)
          .map((model) => datasource.interpolateVariablesInQueries!([model], {})[0]);
      });
      expect(sent.length, done.join('\n')).toBeGreaterThan(0);
      for (const query of sent) {
        const answer = await page.request.post('/api/datasources/uid/ginkgo/resources/explain', {
          data: { query },
        });
        const said = answer.ok() ? '' : await answer.text();
        expect(said, `${JSON.stringify(query)}\n${done.join('\n')}`).toBe('');
      }
    });
  });
}
