// What must be there before the first line of @grafana/* runs; the page itself is imported behind it.
import { bootData } from './bootData';

declare global {
  interface Window {
    __grafana_public_path__: string;
    grafanaBootData: unknown;
    MonacoEnvironment?: import('monaco-editor').Environment;
  }
}

window.grafanaBootData = bootData(
  new URLSearchParams(location.search).get('theme') === 'light' ? 'light' : 'dark'
);
window.__grafana_public_path__ = '/public/';
window.MonacoEnvironment = { getWorker: () => new Worker('/editor.worker.js') };

void import('./page').then(({ start }) => start());
