import {
  AdvancedHttpSettings,
  Auth,
  ConfigSection,
  ConnectionSettings,
  convertLegacyAuthProps,
} from '@grafana/plugin-ui';
import { Divider } from '@grafana/ui';
import React from 'react';

import { changed, ConfigProps, SetOptions } from './config/settings';
import { Limits } from './config/Limits';
import { Links } from './config/Links';
import { Systems } from './config/Systems';

/** The configuration page: all that provisioning can write, and nothing else. */
export default function ConfigEditor({ options, onOptionsChange }: ConfigProps) {
  const { jsonData, uid, readOnly = false } = options;
  const set: SetOptions = (change) => onOptionsChange({ ...options, jsonData: changed(jsonData, change) });
  return (
    <>
      <ConnectionSettings
        config={options}
        onChange={onOptionsChange}
        urlLabel="Loki's address"
        urlPlaceholder="http://localhost:3100"
      />
      <Divider />
      <Auth {...convertLegacyAuthProps({ config: options, onChange: onOptionsChange })} />
      <Divider />
      <fieldset disabled={readOnly}>
        <Systems jsonData={jsonData} set={set} uid={uid} />
        <Divider />
        <Links jsonData={jsonData} set={set} />
        <Divider />
        <ConfigSection title="Tenant, limits and HTTP" isCollapsible isInitiallyOpen={false}>
          <Limits jsonData={jsonData} set={set} />
          <AdvancedHttpSettings config={options} onChange={onOptionsChange} />
        </ConfigSection>
      </fieldset>
    </>
  );
}
