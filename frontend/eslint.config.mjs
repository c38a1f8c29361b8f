import grafana from '@grafana/eslint-config';

// @grafana/eslint-config names no files, and ESLint 9 reads .ts and .tsx only where somebody does.
const files = ['**/*.{ts,tsx,mjs,js}'];
const entries = [grafana].flat().map(({ rules, ...entry }) => {
  // Its options are not those of the plugin that comes with it; prettier decides on spacing.
  const { '@stylistic/type-annotation-spacing': _, ...kept } = rules ?? {};
  return { files, ...entry, rules: kept };
});

const config = [{ ignores: ['**/dist/**', 'coverage/**'] }, ...entries];

export default config;
