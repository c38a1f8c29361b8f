import { Combobox, IconButton, MultiCombobox, Stack } from '@grafana/ui';
import React, { useId } from 'react';

import { LEVELS } from '../../query/words';
import { SystemSetting } from '../../types';
import { Fold } from '../controls/Fold';
import { including } from '../controls/options';
import { TextInput } from '../controls/TextInput';
import { Detect } from './Detect';
import { Fields } from './Fields';
import { LevelMap } from './LevelMap';
import { Setting } from './Setting';
import { changed } from './settings';

const PRESET_OPTIONS = [
  { value: 'ginkgo', label: 'ginkgo', description: 'Trading and backtests, nested JSON' },
  { value: 'fastapi', label: 'fastapi', description: 'FastAPI with structlog, flat JSON' },
  { value: 'tskv', label: 'tskv', description: "Docker services, key='value' pairs" },
  { value: 'dynamo', label: 'dynamo', description: 'Inference on Kubernetes, flat JSON' },
];
const FORMATS = ['json', 'tskv', 'logfmt', 'text'].map((value) => ({ value, label: value }));
const LEVEL_OPTIONS = LEVELS.map((value) => ({ value, label: value }));

interface Props {
  system: SystemSetting;
  position: number;
  uid: string;
  onChange: (system: SystemSetting) => void;
  onRemove: () => void;
}

/** One system: where its streams are, how its lines are written, what stands in them. */
export function System({ system, position, uid, onChange, onRemove }: Props) {
  const heading = useId();
  const set = (change: Partial<SystemSetting>) => onChange(changed(system, change));
  const title = system.name || system.preset || `System ${position}`;
  const fields = system.fields ?? [];
  return (
    <section aria-labelledby={heading} style={{ marginBottom: 24 }}>
      <Stack direction="row" alignItems="center" gap={1}>
        <h4 id={heading} style={{ margin: 0 }}>
          {title}
        </h4>
        <IconButton name="trash-alt" tooltip={`Remove system ${title}`} onClick={onRemove} />
      </Stack>
      <Setting label="Preset" tooltip="What the system starts from">
        <Combobox
          options={including(PRESET_OPTIONS, system.preset ?? '')}
          value={system.preset ?? null}
          placeholder="none, from nothing"
          width={40}
          isClearable
          onChange={(option) => set({ preset: option?.value })}
        />
      </Setting>
      <Setting label="Name">
        <TextInput
          width={40}
          value={system.name ?? ''}
          placeholder={system.preset}
          onChange={(name) => set({ name })}
        />
      </Setting>
      <Setting label="Streams" tooltip="Loki's selector of the system's streams">
        <TextInput
          width={60}
          value={system.selector ?? ''}
          placeholder={system.preset ? "the preset's" : '{job="ginkgo"}'}
          onChange={(selector) => set({ selector })}
        />
      </Setting>
      <Setting label="Lines are">
        <Combobox
          options={including(FORMATS, system.format ?? '')}
          value={system.format ?? null}
          placeholder={system.preset ? "the preset's" : 'json'}
          width={20}
          isClearable
          onChange={(option) => set({ format: option?.value })}
        />
      </Setting>
      <Setting label="Time zone" tooltip="Of times in the lines that name none">
        <TextInput
          width={40}
          value={system.timeZone ?? ''}
          placeholder="UTC"
          onChange={(timeZone) => set({ timeZone })}
        />
      </Setting>
      <Setting label="Levels that are errors">
        <MultiCombobox
          options={LEVEL_OPTIONS}
          value={system.errorLevels ?? []}
          placeholder="error, critical"
          width={40}
          isClearable
          onChange={(levels) => set({ errorLevels: levels.map(({ value }) => value) })}
        />
      </Setting>
      <Fold
        title="Fields"
        summary={fields.length > 0 ? fields.map(({ name }) => name).join(', ') : "the preset's"}
      >
        <Fields fields={fields} onChange={(next) => set({ fields: next })} />
        <Detect
          uid={uid}
          system={system}
          onChange={(next) => set({ fields: next })}
          onLevelMap={(levelMap) => set({ levelMap })}
        />
      </Fold>
      <Fold
        title="Words for levels"
        summary={Object.keys(system.levelMap ?? {}).join(', ') || 'the usual ones'}
      >
        <LevelMap map={system.levelMap} onChange={(levelMap) => set({ levelMap })} />
      </Fold>
    </section>
  );
}
