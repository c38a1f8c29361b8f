// Annotations: events inside the lines, as points and as periods.
import { accessible, expect, ids, test } from './kit';

test('points: the fills of a portfolio', async ({ workbench, page }) => {
  await workbench.open({ view: 'annotation' });
  await workbench.pick('Portfolio');
  await workbench.choose('Which portfolios', ids.portfolio, ids.portfolio);
  await workbench.unfold('Only lines where');
  await page.getByRole('button', { name: 'Add filter' }).click();
  await workbench.choose('Filter 1: field', /^event_type/, 'event_type');
  await workbench.choose('Filter 1: value', /^ORDERFILLED/);
  const events = page.getByRole('region', { name: 'Events' });
  await expect(events.getByText('ORDERFILLED').first()).toBeVisible();
  await accessible(page, '[data-testid="annotation-editor"]');
});

test('periods: from the start of a run to its end', async ({ workbench, page }) => {
  await workbench.open({ view: 'annotation', from: 'now-3h' });
  await workbench.choose('Periods start with', /^ENGINESTART/, 'ENGINESTART');
  await workbench.choose('and end with', /^ENGINECOMPLETE/, 'ENGINECOMPLETE');
  await workbench.write('Title', 'run {{task_id}}');
  const events = page.getByRole('region', { name: 'Events' });
  await expect(events.getByRole('columnheader', { name: 'timeEnd' })).toBeVisible();
  await expect(events.getByText(/^run \S+/).first()).toBeVisible();
  const last = await workbench.models().then((models) => models.at(-1));
  expect(last).toMatchObject({
    result: 'events',
    events: { start: ['ENGINESTART'], end: ['ENGINECOMPLETE'], title: 'run {{task_id}}' },
  });
});
