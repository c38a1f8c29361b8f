import { execFileSync } from 'node:child_process';
import path from 'node:path';

const script = path.resolve(__dirname, '../../scripts/chromium.sh');

/** Playwright's options for the Chromium that scripts/chromium.sh finds. */
export const chromium = {
  browserName: 'chromium' as const,
  launchOptions: {
    executablePath: execFileSync(script, ['path'], { encoding: 'utf8' }).trim(),
    // Chromium's sandbox does not start as root, and no machine of CI has a graphics card.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'],
  },
};
