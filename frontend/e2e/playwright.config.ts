import { defineConfig } from '@playwright/test';
import { dirname } from 'node:path';

import { chromium } from '../test/chromium';

const auth = dirname(require.resolve('@grafana/plugin-e2e'));

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
  projects: process.env.GRAFANA_URL
    ? [
        { name: 'auth', testDir: `${auth}/auth`, testMatch: [/.*\.js/] },
        { name: 'grafana', dependencies: ['auth'], use: { storageState: 'playwright/.auth/admin.json' } },
      ]
    : [{ name: 'without Grafana' }],
});
