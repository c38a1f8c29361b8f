// The first import of module.ts: lazy chunks load from where module.js itself came from, whatever
// address Grafana (a sub-path, a CDN) or a page of our own serves the plugin at.
import amd from 'amd-module';

declare let __webpack_public_path__: string;

if (amd?.uri) {
  __webpack_public_path__ = amd.uri.slice(0, amd.uri.lastIndexOf('/') + 1);
}
