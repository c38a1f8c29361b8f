import { ConfigSection } from '@grafana/plugin-ui';
import { DataSourcePicker } from '@grafana/runtime';
import { Button, IconButton, RadioButtonGroup } from '@grafana/ui';
import React, { useState } from 'react';

import { GinkgoOptions, LinkSetting } from '../../types';
import { TextInput } from '../controls/TextInput';
import { changed, SetOptions } from './settings';
import { SettingsTable } from './SettingsTable';

interface Props {
  jsonData: GinkgoOptions;
  set: SetOptions;
}

/** Links that the values of a field get. */
export function Links({ jsonData, set }: Props) {
  const links = jsonData.links ?? [];
  const write = (next: LinkSetting[]) => set({ links: next });
  const put = (index: number, change: Partial<LinkSetting>) =>
    write(
      links.map((link, at) =>
        at === index ? { ...changed(link, change), field: change.field ?? link.field } : link
      )
    );
  return (
    <ConfigSection
      title="Links"
      description="From a field's values to an address or another data source. ${__value.raw} is the value."
    >
      {links.length > 0 && (
        <SettingsTable
          caption="Links of fields"
          columns={['Field', 'Title', 'Leads to', 'Address or query', '']}
        >
          {links.map((link, index) => (
            <Link
              key={index}
              link={link}
              position={index + 1}
              onChange={(change) => put(index, change)}
              onRemove={() => write(links.filter((_, at) => at !== index))}
            />
          ))}
        </SettingsTable>
      )}
      <Button variant="secondary" icon="plus" onClick={() => write([...links, { field: '' }])}>
        Add link
      </Button>
    </ConfigSection>
  );
}

interface LinkProps {
  link: LinkSetting;
  position: number;
  onChange: (change: Partial<LinkSetting>) => void;
  onRemove: () => void;
}

function Link({ link, position, onChange, onRemove }: LinkProps) {
  const [isInternal, setInternal] = useState(link.datasourceUid !== undefined);
  const name = (part: string) => `Link ${position}: ${part}`;
  return (
    <tr>
      <td>
        <TextInput
          aria-label={name('field')}
          width={18}
          value={link.field}
          placeholder="trace_id"
          onChange={(field) => onChange({ field })}
        />
      </td>
      <td>
        <TextInput
          aria-label={name('title')}
          width={16}
          value={link.title ?? ''}
          onChange={(title) => onChange({ title })}
        />
      </td>
      <td>
        <RadioButtonGroup
          aria-label={name('leads to')}
          size="sm"
          options={[
            { value: false, label: 'Address' },
            { value: true, label: 'Data source' },
          ]}
          value={isInternal}
          onChange={(internal) => {
            setInternal(internal);
            onChange(internal ? { url: undefined } : { datasourceUid: undefined, query: undefined });
          }}
        />
      </td>
      <td>
        {isInternal ? (
          <>
            <DataSourcePicker
              inputId={`ginkgo-link-${position}`}
              current={link.datasourceUid ?? null}
              noDefault
              onChange={({ uid }) => onChange({ datasourceUid: uid })}
            />
            <TextInput
              aria-label={name('query')}
              width={40}
              value={
                typeof link.query === 'string' ? link.query : link.query ? JSON.stringify(link.query) : ''
              }
              placeholder="${__value.raw}"
              onChange={(text) => onChange({ query: asQuery(text) })}
            />
          </>
        ) : (
          <TextInput
            aria-label={name('address')}
            width={50}
            value={link.url ?? ''}
            placeholder="/d/portfolio?var-portfolio=${__value.raw}"
            onChange={(url) => onChange({ url: url.trim() })}
          />
        )}
      </td>
      <td>
        <IconButton name="times" tooltip={`Remove link ${position}`} onClick={onRemove} />
      </td>
    </tr>
  );
}

/** A query may be text, or the whole model of the other data source as JSON. */
function asQuery(text: string): LinkSetting['query'] {
  try {
    const model: unknown = JSON.parse(text);
    return typeof model === 'object' && model !== null && !Array.isArray(model)
      ? (model as Record<string, unknown>)
      : text;
  } catch {
    return text;
  }
}
