import { plugin } from './module';

test('the module has a data source and its editors', () => {
  expect(plugin.DataSourceClass).toBeDefined();
  expect(plugin.components.QueryEditor).toBeDefined();
});
