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
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  use: {
    ...chromium,
    baseURL: process.env.GINKGO_WORKBENCH,
    viewport: { width: 1280, height: 900 },
    actionTimeout: 60_000,
    screenshot: 'only-on-failure',
    contextOptions: { reducedMotion: 'reduce' },
  },
});
