// Whatever a person does: the editor never sends a query that the backend rejects, and settings are kept.
import { expect, test } from './kit';
import { wander } from './steps';

const STEPS = Number(process.env.GINKGO_STEPS ?? 25);
const SEEDS = (process.env.GINKGO_SEED ?? '1,2').split(',').map(Number);

/** Fails when most steps came to nothing: such a walk shows nothing. */
function walked(done: string[]) {
  const missed = done.filter((what) => what.startsWith('missed'));
  expect(missed.length, done.join('\n')).toBeLessThan(done.length / 2);
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
      const done = await wander(workbench.editor, seed, STEPS);
      walked(done);
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

  test.describe(`seed ${seed} in the settings`, () => {
    // Settings that are wrong are an error of Save & test, and of what else is asked with them.
    test.use({ allowed: [/status of (400|500|502)|Error loading async options/] });

    test('random steps make settings that are the same when they are opened again', async ({
      workbench,
      page,
    }) => {
      test.setTimeout(STEPS * 15_000);
      const uid = `random-${seed}`;
      const stored = async () =>
        (await (await page.request.get(`/api/datasources/uid/${uid}`)).json()).jsonData;
      const save = async () => {
        const health = page.waitForResponse(/\/health$/);
        await page.getByRole('button', { name: 'Save & test' }).click();
        await health;
      };
      const { url } = await (await page.request.get('/api/datasources/uid/ginkgo')).json();
      const jsonData = { systems: [{ preset: 'ginkgo' }] };
      await page.request.put(`/api/datasources/uid/${uid}`, { data: { name: uid, url, jsonData } });
      await workbench.open({ uid, view: 'config' });
      for (const fold of ['Fields', 'Words for levels']) {
        await workbench.unfold(fold);
      }
      // What is around is Grafana's own.
      const done = await wander(workbench.editor.locator('fieldset'), seed, STEPS);
      walked(done);
      await save();
      const written = await stored();
      await workbench.open({ uid, view: 'config' });
      await expect(workbench.editor.getByRole('button', { name: 'Add system' })).toBeVisible();
      await save();
      expect(await stored(), done.join('\n')).toEqual(written);
    });
  });
}
