// Pictures of the editor for docs/img, written on request: GINKGO_PICTURES=1 scripts/browser.sh pictures
import path from 'node:path';

import { expect, ids, test } from './kit';

const folder = path.resolve(__dirname, '../../docs/img');
const portfolio = { queryType: 'portfolio', ids: [ids.portfolio] };

/** The states: what is open, what is unfolded, and whether the answer is in the picture. */
const states = {
  chart: {
    query: { ...portfolio, result: 'errorRate', groupBy: ['strategy_id'], window: '5m' },
    answer: true,
  },
  conditions: {
    query: {
      queryType: 'any',
      filters: [{ field: 'event_type', operator: '=', values: ['ORDERREJECTED'] }],
      search: [{ operator: 'contains', text: 'order' }],
    },
    unfold: ['Only lines where', 'What will run'],
  },
  table: {
    query: { ...portfolio, result: 'table', columns: ['event_type', 'symbol', 'strategy_id'], limit: 8 },
    answer: true,
  },
  logql: { query: { queryType: 'logql', expr: '{job="ginkgo"} |= "filled" | json' } },
};

test.skip(!process.env.GINKGO_PICTURES, 'pictures are written on request: GINKGO_PICTURES=1');

for (const theme of ['dark', 'light'] as const) {
  for (const [name, state] of Object.entries(states)) {
    test(`${name}, ${theme}`, async ({ workbench, page }) => {
      await page.setViewportSize({ width: 1100, height: 900 });
      await workbench.open({ theme, app: 'panel-editor', query: state.query });
      expect(await workbench.answered()).toBe('Done');
      for (const title of 'unfold' in state ? state.unfold : []) {
        await workbench.unfold(title);
      }
      if ('unfold' in state && state.unfold.includes('What will run')) {
        await expect(workbench.editor.locator('pre')).toBeVisible();
      }
      await page.mouse.move(0, 0);
      const shown = 'answer' in state ? page.locator('#root') : workbench.editor;
      await shown.screenshot({
        path: path.join(folder, `editor-${name}-${theme}.png`),
        animations: 'disabled',
      });
    });
  }
}
