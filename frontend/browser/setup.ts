import { type serve } from './serve.mjs';

/**
 * Starts Loki, the plugin and the pages once for all tests. `GINKGO_PROFILE` names cargo's folder;
 * with `GINKGO_WORKBENCH` and `GINKGO_LOKI` (addresses) and `GINKGO_IDS` those of a page that is there are taken.
 */
export default async function setup() {
  if (process.env.GINKGO_WORKBENCH) {
    process.env.GINKGO_DOOR ??= process.env.GINKGO_WORKBENCH;
    return undefined;
  }
  const bed = (await import('./serve.mjs')) as { serve: typeof serve };
  const { host, door, loki, ids, stop } = await bed.serve({
    profile: process.env.GINKGO_PROFILE ?? 'debug',
    // Ids stand in the lines and nowhere else, unless GINKGO_LAYOUT says otherwise.
    layout: process.env.GINKGO_LAYOUT ?? 'line',
  });
  process.env.GINKGO_WORKBENCH = host;
  process.env.GINKGO_DOOR = door;
  process.env.GINKGO_LOKI = loki;
  process.env.GINKGO_IDS = JSON.stringify(ids);
  return stop;
}
