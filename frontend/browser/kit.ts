import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page, test as base } from '@playwright/test';

import { type Query, type State } from '../workbench/src/session';
import { type Variable } from '../workbench/src/variables';

export { expect };

/** Ids that the demo logs have, one of each kind. */
export const ids: Record<'portfolio' | 'strategy' | 'trace' | 'run', string> = JSON.parse(
  process.env.GINKGO_IDS ?? '{}'
);

/** How a page is opened; everything that is left out has the page's own default. */
export interface Opening {
  /** The data source; `ginkgo` is everybody's and is not changed. */
  uid?: string;
  view?: State['view'];
  app?: string;
  theme?: 'light' | 'dark';
  query?: object;
  from?: string;
  to?: string;
  variables?: Variable[];
}

/** The workbench in a page, driven as a person would, and looked into through `window.workbench`. */
export class Workbench {
  constructor(readonly page: Page) {}

  async open({ query, variables, ...rest }: Opening = {}) {
    const params = new URLSearchParams(rest as Record<string, string>);
    if (query) {
      params.set('query', JSON.stringify(query));
    }
    if (variables) {
      params.set('variables', JSON.stringify(variables));
    }
    await this.page.goto(`/?${params}`);
    await this.page.waitForFunction(() => window.workbench !== undefined);
  }

  /** The query as the editor last handed it out. */
  query(): Promise<Query & Record<string, unknown>> {
    return this.page.evaluate(() => window.workbench.state.value.query as never);
  }

  /** The editor that is open. */
  get editor(): Locator {
    return this.page.locator('[data-testid$="-editor"]');
  }

  /** A control of the editor by its label. */
  control(label: string | RegExp): Locator {
    return this.editor.getByLabel(label, { exact: typeof label === 'string' });
  }

  /** Chooses one of a group of radio buttons. */
  async pick(name: string) {
    const radio = this.editor.getByRole('radio', { name, exact: true });
    // Not by force: what is clicked must stand still.
    await radio.click();
    await expect(radio).toBeChecked();
  }

  /** Opens the list of a control and chooses the option that begins with a text, else the first one. */
  async choose(label: string | RegExp, option?: string | RegExp, typed?: string) {
    const control = this.control(label);
    await control.click();
    if (typed !== undefined) {
      await control.fill(typed);
    }
    const options = this.page.getByRole('option');
    await (option === undefined ? options : options.filter({ hasText: option })).first().click();
    // A list of several choices stays open for the next one; in one that is closed, Escape takes the choice away.
    if ((await control.getAttribute('aria-expanded')) === 'true') {
      await this.page.keyboard.press('Escape');
    }
  }

  /** Writes a text into a control. */
  async write(label: string | RegExp, text: string) {
    await this.control(label).fill(text);
    await this.control(label).press('Enter');
  }

  /** Opens a folded part of the editor. */
  async unfold(title: string) {
    const head = this.editor.getByRole('button', { name: new RegExp(`^${title}`) });
    if ((await head.getAttribute('aria-expanded')) === 'false') {
      await head.click();
    }
    await expect(head).toHaveAttribute('aria-expanded', 'true');
  }

  /** Presses Tab until the control with this label has the focus. */
  async tabTo(label: string | RegExp) {
    const wanted = await this.control(label).elementHandle();
    for (let presses = 0; presses < 60; presses += 1) {
      await this.page.keyboard.press('Tab');
      if (await this.page.evaluate((element) => document.activeElement === element, wanted)) {
        return;
      }
    }
    throw new Error(`${label} is not reached by Tab`);
  }

  /** Waits until the answer to the query as it stands is there: "Done", or the error's own words. */
  async answered(): Promise<string> {
    const outcome = await this.page.waitForFunction(() => {
      const { query, data } = window.workbench.state.value;
      const isOfQuery = data.request?.targets[0] === query;
      const isOver = data.state === 'Done' || data.state === 'Error';
      return isOfQuery && isOver && (data.errors?.[0]?.message ?? data.state);
    });
    return (await outcome.jsonValue()) as string;
  }

  /** Every query that an editor has handed out so far. */
  models(): Promise<Query[]> {
    return this.page.evaluate(() => window.workbench.models);
  }
}

/** What systems, fields, values and explanations are held back by, to show what depends on when they come. */
const SLOW_MS = Number(process.env.GINKGO_SLOW ?? 0);

/**
 * What the page may say on the console and throw: nothing, unless a test names it by one expression (a list
 * of two would be read as a value with options).
 */
export const test = base.extend<{ workbench: Workbench; complaints: string[]; allowed: [RegExp] | [] }>({
  allowed: [[], { option: true }],
  complaints: async ({}, provide) => provide([]),
  workbench: async ({ page, complaints, allowed }, provide) => {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
    page.setDefaultTimeout(60_000);
    if (SLOW_MS > 0) {
      await page.route('**/resources/**', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        await route.fallback();
      });
    }
    await provide(new Workbench(page));
    // What is still under way when a test ends is nobody's.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    const left = complaints.filter((complaint) => !allowed.some((some) => some.test(complaint)));
    expect(left, 'errors and warnings on the console').toEqual([]);
  },
});

/** Grafana's own parts that axe finds fault with, by name. */
const grafanas = [
  // The scroll region of @grafana/ui's Table takes no focus.
  '[aria-label="Table"] [class*="scrollbar"], [role="table"]',
];

/** Fails with what axe finds in `where`. */
export async function accessible(page: Page, where: string, except: string[] = []) {
  const builder = new AxeBuilder({ page }).include(where);
  for (const selector of [...grafanas, ...except]) {
    builder.exclude(selector);
  }
  const { violations } = await builder.analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' | ')}`
  );
  expect(found).toEqual([]);
}
