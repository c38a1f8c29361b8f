/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'jsdom',
  testTimeout: 60_000,
  roots: ['<rootDir>/src', '<rootDir>/test'],
  setupFiles: ['<rootDir>/test/setup-env.js'],
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
  moduleNameMapper: {
    '\\.(css|scss|sass)$': '<rootDir>/test/style.js',
    '\\.svg$': '<rootDir>/test/style.js',
    '^amd-module$': '<rootDir>/test/style.js',
  },
  // @grafana/* and many of their libraries come as modules only, some as .mjs.
  transform: { '^.+\\.m?[tj]sx?$': '@swc/jest' },
  transformIgnorePatterns: [],
};
