import React from 'react';

import { GinkgoOptions } from '../../types';
import { TextInput } from '../controls/TextInput';
import { Setting } from './Setting';
import { SetOptions } from './settings';

interface Props {
  jsonData: GinkgoOptions;
  set: SetOptions;
}

/** The tenant, and how much is asked for at once. */
export function Limits({ jsonData, set }: Props) {
  const number = (text: string) =>
    text.trim() === '' || Number.isNaN(Number(text)) ? text.trim() : Number(text);
  return (
    <>
      <Setting label="Tenant" tooltip="Loki's X-Scope-OrgID; empty where Loki has no tenants">
        <TextInput
          width={40}
          value={jsonData.tenant ?? ''}
          onChange={(tenant) => set({ tenant: tenant.trim() })}
        />
      </Setting>
      <Setting label="Most lines" tooltip="Lines of a query that says nothing itself; at most 100,000">
        <TextInput
          width={20}
          type="number"
          placeholder="1000"
          value={`${jsonData.maxLines ?? ''}`}
          onChange={(text) => set({ maxLines: number(text) })}
        />
      </Setting>
      <Setting label="Requests at once" tooltip="Over all queries of this data source; at most 256">
        <TextInput
          width={20}
          type="number"
          placeholder="8"
          value={`${jsonData.maxConcurrent ?? ''}`}
          onChange={(text) => set({ maxConcurrent: number(text) })}
        />
      </Setting>
    </>
  );
}
