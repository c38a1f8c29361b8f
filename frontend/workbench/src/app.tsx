import { CoreApp, type SelectableValue } from '@grafana/data';
import { Button, RadioButtonGroup, Stack, Tab, TabsBar } from '@grafana/ui';
import React, { Suspense, useEffect, useState } from 'react';

import { AnnotationView } from './annotationView';
import { ConfigView } from './configView';
import { QueryView } from './queryView';
import { ranges } from './range';
import { type Session, type State, type View } from './session';
import { VariableView } from './variableView';

const views: Array<{ id: View; label: string }> = [
  { id: 'query', label: 'Query' },
  { id: 'config', label: 'Data source' },
  { id: 'variable', label: 'Variable' },
  { id: 'annotation', label: 'Annotation' },
];

const apps: Array<SelectableValue<CoreApp>> = [
  { label: 'Explore', value: CoreApp.Explore },
  { label: 'Panel', value: CoreApp.PanelEditor },
  { label: 'Alert rule', value: CoreApp.UnifiedAlerting },
];

/** The state of the session, as React sees it. */
export function useSession(session: Session): State {
  const [state, setState] = useState(session.state.value);
  useEffect(() => {
    const watching = session.state.subscribe(setState);
    return () => watching.unsubscribe();
  }, [session]);
  return state;
}

/** Opens the page anew in the other theme: Grafana too reads the theme at boot. */
function switchTheme() {
  const params = new URLSearchParams(location.search);
  params.set('theme', params.get('theme') === 'light' ? 'dark' : 'light');
  location.search = params.toString();
}

/** The page: tabs, time range, and the view that is open. */
export function App({ session }: { session: Session }) {
  const state = useSession(session);
  const span = state.to === 'now' ? state.from.replace('now-', '') : undefined;
  const choose = (range: string) => {
    session.set({ from: `now-${range}`, to: 'now' });
    session.run();
  };
  return (
    <Stack direction="column" gap={2}>
      <Stack justifyContent="space-between" alignItems="center" wrap="wrap">
        <h1 style={{ fontSize: 20, margin: 0 }}>Ginkgo workbench</h1>
        <Stack alignItems="center" wrap="wrap">
          <RadioButtonGroup
            size="sm"
            aria-label="Where the editor stands"
            options={apps}
            value={state.app}
            onChange={(app) => session.set({ app })}
          />
          <RadioButtonGroup
            size="sm"
            aria-label="Time range"
            options={ranges}
            value={span}
            onChange={choose}
          />
          <Button size="sm" onClick={session.run}>
            Run query
          </Button>
          <Button size="sm" variant="secondary" icon="adjust-circle" onClick={switchTheme}>
            Theme
          </Button>
        </Stack>
      </Stack>
      <TabsBar>
        {views.map(({ id, label }) => (
          <Tab
            key={id}
            label={label}
            active={state.view === id}
            onChangeTab={() => session.set({ view: id })}
          />
        ))}
      </TabsBar>
      <Suspense fallback={null}>
        {state.view === 'query' && <QueryView session={session} />}
        {state.view === 'config' && <ConfigView session={session} />}
        {state.view === 'variable' && <VariableView session={session} />}
        {state.view === 'annotation' && <AnnotationView session={session} />}
      </Suspense>
    </Stack>
  );
}
