import { ConfigSection } from '@grafana/plugin-ui';
import { Button, Combobox } from '@grafana/ui';
import React from 'react';

import { GinkgoOptions, SystemSetting } from '../../types';
import { including } from '../controls/options';
import { Setting } from './Setting';
import { SetOptions } from './settings';
import { System } from './System';

export const PRESETS = ['ginkgo', 'fastapi', 'tskv', 'dynamo'];

interface Props {
  jsonData: GinkgoOptions;
  set: SetOptions;
  uid: string;
}

/** The systems of this site; without any, the presets as they are. */
export function Systems({ jsonData, set, uid }: Props) {
  const systems = jsonData.systems ?? [];
  const names = systems.length > 0 ? systems.map(({ name, preset }) => name || preset || '') : PRESETS;
  const options = names.filter((name) => name !== '').map((name) => ({ value: name, label: name }));
  const write = (next: SystemSetting[]) => set({ systems: next });
  return (
    <ConfigSection
      title="Systems"
      description={
        systems.length === 0
          ? `A system is a family of logs with one vocabulary. Four are known without settings: ${PRESETS.join(', ')}. With systems of your own, only those are there.`
          : 'A system is a family of logs with one vocabulary.'
      }
    >
      {systems.map((system, index) => (
        <System
          key={index}
          system={system}
          position={index + 1}
          uid={uid}
          onChange={(next) => write(systems.map((other, at) => (at === index ? next : other)))}
          onRemove={() => write(systems.filter((_, at) => at !== index))}
        />
      ))}
      <Button variant="secondary" icon="plus" onClick={() => write([...systems, { preset: 'ginkgo' }])}>
        Add system
      </Button>
      <div style={{ marginTop: 16 }}>
        <Setting label="Default system" tooltip="The system of queries that name none">
          <Combobox
            options={including(options, jsonData.defaultSystem ?? '')}
            value={jsonData.defaultSystem ?? null}
            placeholder={names[0]}
            width={30}
            isClearable
            onChange={(option) => set({ defaultSystem: option?.value })}
          />
        </Setting>
      </div>
    </ConfigSection>
  );
}
