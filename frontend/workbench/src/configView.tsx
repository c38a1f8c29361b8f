import { type DataSourcePluginOptionsEditorProps, type DataSourceSettings } from '@grafana/data';
import { Alert, Button, Stack } from '@grafana/ui';
import React, { type ComponentType, useState } from 'react';

import { backend } from './backend';
import { type Stored } from './dataSources';
import { type Session } from './session';

/** What testDatasource answers or fails with. */
interface Health {
  status: string;
  message: string;
  error?: Error & { details?: { verboseMessage?: string } };
}

function asSettings(stored: Stored, type: string): DataSourceSettings {
  return {
    ...stored,
    orgId: 1,
    type,
    typeName: 'Ginkgo',
    typeLogoUrl: '',
    access: 'proxy',
    user: '',
    database: '',
    isDefault: true,
    readOnly: false,
    withCredentials: false,
    secureJsonFields: {},
  };
}

/** The configuration page with what Grafana puts below it: Save & test. */
export function ConfigView({ session }: { session: Session }) {
  const [options, setOptions] = useState(() => asSettings(session.stored, session.plugin.meta.id));
  const [health, setHealth] = useState<Health>();
  const Editor = session.plugin.components.ConfigEditor as
    | ComponentType<DataSourcePluginOptionsEditorProps>
    | undefined;
  if (!Editor) {
    return <p>The plugin has no configuration page.</p>;
  }
  const save = async () => {
    session.reopen(await backend.put(`/api/datasources/uid/${options.uid}`, options));
    try {
      setHealth(await session.datasource.testDatasource());
    } catch (error) {
      setHealth(error as Health);
    }
  };
  return (
    <>
      <h2>{options.name}</h2>
      <section aria-label="Data source settings" data-testid="config-editor">
        <Editor options={options} onOptionsChange={setOptions} />
      </section>
      <Stack direction="column">
        {health && (
          <Alert severity={health.status === 'success' ? 'success' : 'error'} title={health.message}>
            {health.error?.details?.verboseMessage && <pre>{health.error.details.verboseMessage}</pre>}
          </Alert>
        )}
        <div>
          <Button onClick={save}>Save & test</Button>
        </div>
      </Stack>
    </>
  );
}
