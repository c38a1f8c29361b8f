import { defineConfig } from '@playwright/test';

import { chromium } from '../test/chromium';

/** The tests in a real Chromium: the workbench's page over the real plugin and a real Loki. */
export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/browser',
  globalSetup: './setup.ts',
  // One plugin and one Loki serve them all; two pages at once keep two cores busy.
  workers: 2,
  fullyParallel: true,
  // A machine that is busy with other things takes its time; nothing else waits so long.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  // A browser under load has moments that no test can foresee. What passes only the second time is listed as
  // flaky at the end, for a person to look into; what is wrong fails twice.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  projects: [
    // Grafana's own plugin client is the judge of everything.
    { name: 'host', use: { baseURL: process.env.GINKGO_WORKBENCH } },
    // The page of the demo. The door gives the host's answers to the letter (tests/deploy/door.rs), so a few
    // tests show that a browser gets them: lines, tables, series, context, settings, health and refusals.
    {
      name: 'door',
      testMatch: ['page.spec.ts', 'chart.spec.ts', 'config.spec.ts', 'explore.spec.ts'],
      use: { baseURL: process.env.GINKGO_DOOR },
    },
  ],
  use: {
    ...chromium,
    viewport: { width: 1280, height: 900 },
    actionTimeout: 60_000,
    screenshot: 'only-on-failure',
    contextOptions: { reducedMotion: 'reduce' },
  },
});
