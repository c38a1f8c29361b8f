import { DataSourcePluginOptionsEditorProps } from '@grafana/data';

import { GinkgoOptions, GinkgoSecrets } from '../../types';

export type ConfigProps = DataSourcePluginOptionsEditorProps<GinkgoOptions, GinkgoSecrets>;

/** Writes some settings; `undefined` takes one away. */
export type SetOptions = (change: Partial<GinkgoOptions>) => void;

/** The same object with a change; what is empty is not written. */
export function changed<Settings extends object>(settings: Settings, change: Partial<Settings>): Settings {
  const next: Record<string, unknown> = { ...settings, ...change };
  for (const [key, value] of Object.entries(next)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) {
      delete next[key];
    }
  }
  return next as Settings;
}
