/** The part of Grafana's boot data that @grafana/runtime reads when it is imported. */
export function bootData(theme: 'light' | 'dark') {
  return {
    user: {
      id: 1,
      login: 'admin',
      name: 'Admin',
      isSignedIn: true,
      theme,
      lightTheme: theme === 'light',
      language: 'en-US',
    },
    settings: {
      appSubUrl: '',
      appUrl: `${location.origin}/`,
      buildInfo: { version: '12.4.0', commit: '', edition: 'Open Source', env: 'production' },
      featureToggles: {},
      datasources: {},
      defaultDatasource: 'ginkgo',
      panels: {},
      apps: {},
      licenseInfo: { enabledFeatures: {} },
      secureSocksDSProxyEnabled: false,
      namespace: 'default',
    },
    navTree: [],
  };
}
