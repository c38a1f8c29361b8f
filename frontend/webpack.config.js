// Builds the front end as Grafana loads it: an AMD module that shares Grafana's own libraries.
// Every other file of the plugin's folder (plugin.json, img, the backend) comes from scripts/build.sh.
const path = require('node:path');

const id = 'ginkgo-loki-datasource';

/** @returns {import('webpack').Configuration} */
module.exports = (_env, { mode }) => ({
  mode,
  context: path.join(__dirname, 'src'),
  entry: { module: './module.ts' },
  devtool: mode === 'production' ? 'source-map' : 'eval-source-map',
  output: {
    path: path.join(__dirname, 'dist'),
    clean: true,
    filename: '[name].js',
    chunkFilename: '[name].js?_cache=[contenthash]',
    library: { type: 'amd' },
    publicPath: `public/plugins/${id}/`,
    uniqueName: id,
  },
  externalsType: 'amd',
  externals: [
    { 'amd-module': 'module' },
    ...['react', 'react-dom', 'rxjs', 'lodash', 'moment', '@emotion/css', '@emotion/react'],
    // Grafana 12.4 does not share schema, i18n and e2e-selectors: those are bundled.
    /^@grafana\/(data|ui|runtime)$/,
  ],
  resolve: { extensions: ['.ts', '.tsx', '.mjs', '.js'] },
  module: { rules: [{ test: /\.tsx?$/, exclude: /node_modules/, use: 'swc-loader' }] },
  performance: { maxEntrypointSize: 100_000, maxAssetSize: 1_000_000, hints: 'error' },
});
