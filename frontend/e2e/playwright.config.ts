import { defineConfig } from '@playwright/test';

import { chromium } from '../test/chromium';

if (!process.env.GRAFANA_URL && !process.env.TEST_WORKER_INDEX) {
  console.log('No Grafana is given, so its tests are skipped: GRAFANA_URL=http://… npm run e2e');
}

/**
 * The same flows in a real Grafana (11.6 or newer) that has the plugin, with its data source `ginkgo` over a
 * Loki with demo logs: GRAFANA_URL names it, admin/admin. Without that, everything is skipped, aloud.
 */
export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/e2e',
  workers: 1,
  // A Grafana that starts cold takes its time; nothing else waits so long.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    ...chromium,
    baseURL: process.env.GRAFANA_URL ?? 'http://localhost:3000',
    viewport: { width: 1400, height: 1000 },
    actionTimeout: 60_000,
    contextOptions: { reducedMotion: 'reduce' },
    screenshot: 'only-on-failure',
  },
  projects: [{ name: process.env.GRAFANA_URL ? 'grafana' : 'without Grafana' }],
});
