// Bundles the workbench: the page, Monaco's worker, and the pictures and fonts that Grafana would serve.
import { build } from 'esbuild';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, '..', 'node_modules');
const require = createRequire(import.meta.url);

const outdir = path.join(here, 'dist');

// esbuild gives files named `.mjs` Node's rules for importing CommonJS, where a default import is the whole
// module; some parts of @grafana/* expect the bundlers' rule. So those files go by another name here.
const grafanaModules = {
  name: 'grafana-modules',
  setup(bundler) {
    bundler.onResolve({ filter: /^@grafana\/|\.mjs$/ }, async ({ path: wanted, pluginData, ...from }) => {
      if (pluginData === 'resolved') {
        return undefined;
      }
      const found = await bundler.resolve(wanted, { ...from, namespace: 'file', pluginData: 'resolved' });
      const isTheirs = found.errors.length === 0 && /@grafana[\\/].*\.mjs$/.test(found.path);
      const { sideEffects } = found;
      return isTheirs ? { path: `${found.path}.js`, namespace: 'grafana', sideEffects } : undefined;
    });
    bundler.onLoad({ filter: /.*/, namespace: 'grafana' }, async ({ path: name }) => {
      const file = name.replace(/\.js$/, '');
      return { contents: await readFile(file, 'utf8'), loader: 'js', resolveDir: path.dirname(file) };
    });
  },
};

/** The fonts of Grafana's style sheet, under its names. */
const fonts = {
  'inter/Inter-Regular.woff2': 'inter/files/inter-latin-400-normal.woff2',
  'inter/Inter-Medium.woff2': 'inter/files/inter-latin-500-normal.woff2',
  'roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2':
    'roboto-mono/files/roboto-mono-latin-400-normal.woff2',
};

const spinner = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24"><circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="40 20"/></svg>`;

async function bundle() {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  const common = {
    bundle: true,
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'globalThis' },
  };
  await build({
    ...common,
    entryPoints: { workbench: path.join(here, 'src/main.ts') },
    outdir,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    jsx: 'transform',
    loader: { '.ttf': 'file', '.svg': 'dataurl', '.png': 'dataurl' },
    plugins: [grafanaModules],
  });
  await build({
    ...common,
    entryPoints: { 'editor.worker': require.resolve('monaco-editor/esm/vs/editor/editor.worker.js') },
    outdir,
    format: 'iife',
  });
  await cp(path.join(here, 'index.html'), path.join(outdir, 'index.html'));
  await cp(path.join(modules, '@grafana/ui/dist/public'), path.join(outdir, 'public/build'), {
    recursive: true,
  });
  for (const [name, file] of Object.entries(fonts)) {
    await cp(path.join(modules, '@fontsource', file), path.join(outdir, 'public/fonts', name));
  }
  const icons = path.join(outdir, 'public/build/img/icons');
  await writeFile(path.join(icons, 'unicons/spinner.svg'), spinner);
  await writeFile(path.join(outdir, 'icons.json'), JSON.stringify(await pictures(icons)));
}

/** The text of every picture below a folder, by its path in it. */
async function pictures(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.svg'));
  const texts = names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(texts));
}

await bundle();
