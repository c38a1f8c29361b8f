import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';

import { type Query, type State } from '../workbench/src/session';
import { type Variable } from '../workbench/src/variables';

export { expect };

/** Ids that the demo logs have, one of each kind. */
export const ids: Record<'portfolio' | 'strategy' | 'trace' | 'run', string> = JSON.parse(
  process.env.GINKGO_IDS ?? '{}'
);

/** How a page is opened; everything that is left out has the page's own default. */
export interface Opening {
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

  /** Waits until the answer is there, good or bad, and gives its state. */
  async answered(): Promise<string> {
    const answer = this.page.getByTestId('answer').locator('[data-state]');
    await expect(answer).toHaveAttribute('data-state', /Done|Error/);
    return (await answer.getAttribute('data-state')) ?? '';
  }

  /** Every query that an editor has handed out so far. */
  models(): Promise<Query[]> {
    return this.page.evaluate(() => window.workbench.models);
  }
}

/** What the page may say on the console and throw: nothing, unless a test names it. */
export const test = base.extend<{ workbench: Workbench; complaints: string[]; allowed: RegExp[] }>({
  allowed: [[], { option: true }],
  complaints: async ({}, provide) => provide([]),
  workbench: async ({ page, complaints, allowed }, provide) => {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
    await provide(new Workbench(page));
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
