import { type serve } from '../workbench/serve.mjs';

/**
 * Starts Loki, the plugin and the page once for all tests. `GINKGO_PROFILE` names cargo's folder;
 * with `GINKGO_WORKBENCH` and `GINKGO_LOKI` (addresses) and `GINKGO_IDS` those of a page that is there are taken.
 */
export default async function setup() {
  if (process.env.GINKGO_WORKBENCH) {
    return undefined;
  }
  const workbench = (await import('../workbench/serve.mjs')) as { serve: typeof serve };
  const { address, loki, ids, stop } = await workbench.serve({
    profile: process.env.GINKGO_PROFILE ?? 'debug',
    // Ids stand in the lines and nowhere else, unless GINKGO_LAYOUT says otherwise.
    layout: process.env.GINKGO_LAYOUT ?? 'line',
  });
  process.env.GINKGO_WORKBENCH = address;
  process.env.GINKGO_LOKI = loki;
  process.env.GINKGO_IDS = JSON.stringify(ids);
  return stop;
}
