import { getBackendSrv } from '@grafana/runtime';
import { Alert, Button, Combobox, Stack } from '@grafana/ui';
import React, { useState } from 'react';
import { lastValueFrom } from 'rxjs';

import { FieldsAnswer, sentenceOf } from '../../api/resources';
import { LEVELS } from '../../query/words';
import { proposals, withProposal } from '../../settings/detect';
import { FieldSetting, SystemSetting } from '../../types';
import { Named } from '../controls/Named';
import { SettingsTable } from './SettingsTable';

interface Props {
  uid: string;
  system: SystemSetting;
  onChange: (fields: FieldSetting[]) => void;
  onLevelMap: (levelMap: Record<string, string>) => void;
}

const LEVEL_OPTIONS = LEVELS.map((value) => ({ value, label: value }));

const PLACES: Record<string, string> = {
  label: 'stream label',
  metadata: 'structured metadata',
  line: 'in the line',
};

/** Reads the system's streams and says what is where, to take over. It asks with the settings as saved. */
export function Detect({ uid, system, onChange, onLevelMap }: Props) {
  const [answer, setAnswer] = useState<FieldsAnswer>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const name = system.name || system.preset || '';

  const detect = async () => {
    setBusy(true);
    setError(undefined);
    try {
      setAnswer(await ask(uid, name));
    } catch (reason) {
      setAnswer(undefined);
      setError(sentenceOf(reason));
    }
    setBusy(false);
  };
  const fields = system.fields ?? [];
  const found = proposals(answer?.fields ?? [], fields).filter(({ info }) => info.found?.length);
  const open = found.flatMap(({ setting }) => setting ?? []);
  const words = (answer?.unknownLevels ?? []).filter((word) => !(word in (system.levelMap ?? {})));
  return (
    <div style={{ marginTop: 8 }}>
      <Stack direction="row" gap={1} alignItems="center">
        <Button size="sm" variant="secondary" icon="search" disabled={busy || name === ''} onClick={detect}>
          {busy ? 'Reading…' : 'Detect fields'}
        </Button>
        {open.length > 0 && (
          <Button
            size="sm"
            variant="secondary"
            fill="outline"
            onClick={() => onChange(open.reduce(withProposal, fields))}
          >
            Take over all {open.length}
          </Button>
        )}
      </Stack>
      {error && (
        <Alert severity="error" title="The streams could not be read" topSpacing={1}>
          {error}. Detect asks with the settings as they are saved: after a change, save first.
        </Alert>
      )}
      {answer && (
        <SettingsTable
          caption={`What the newest ${answer.sampledLines} lines have`}
          columns={['Field', 'Type', 'Found', 'Example', '']}
        >
          {found.map(({ info, setting }) => (
            <tr key={info.name}>
              <td>{info.name}</td>
              <td>{info.type}</td>
              <td>{info.found?.map((place) => PLACES[place] ?? place).join(', ')}</td>
              <td>{info.example && <code>{shortened(info.example)}</code>}</td>
              <td>
                {setting && (
                  <Button
                    size="sm"
                    variant="secondary"
                    fill="text"
                    aria-label={`Take over ${info.name}`}
                    onClick={() => onChange(withProposal(fields, setting))}
                  >
                    Take over
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </SettingsTable>
      )}
      {words.length > 0 && (
        <SettingsTable caption="Levels that are no known words, and so no errors" columns={['Word', 'Means']}>
          {words.map((word) => (
            <tr key={word}>
              <td>
                <code>{shortened(word)}</code>
              </td>
              <td>
                <Named name={`What ${word} means`}>
                  <Combobox
                    options={LEVEL_OPTIONS}
                    value={null}
                    placeholder="level"
                    width={16}
                    onChange={({ value }) => onLevelMap({ ...system.levelMap, [word]: value })}
                  />
                </Named>
              </td>
            </tr>
          ))}
        </SettingsTable>
      )}
    </div>
  );
}

async function ask(uid: string, system: string): Promise<FieldsAnswer> {
  const request = getBackendSrv().fetch<FieldsAnswer>({
    url: `/api/datasources/uid/${encodeURIComponent(uid)}/resources/fields`,
    method: 'POST',
    data: { system },
    showErrorAlert: false,
  });
  return (await lastValueFrom(request)).data;
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
