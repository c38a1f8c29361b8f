import { Button, Combobox, IconButton } from '@grafana/ui';
import React from 'react';

import { FIELD_TYPES, ROLES } from '../../query/words';
import { asText, fromText } from '../../settings/lists';
import { FieldSetting } from '../../types';
import { Named } from '../controls/Named';
import { including } from '../controls/options';
import { TextInput } from '../controls/TextInput';
import { changed } from './settings';
import { SettingsTable } from './SettingsTable';

const TYPES = FIELD_TYPES.map((value) => ({ value, label: value }));
/** An empty role takes the preset's away, which is something else than saying nothing. */
const NO_ROLE = '-';
const ROLE_OPTIONS = [
  ...ROLES.map((value) => ({ value, label: value })),
  { value: NO_ROLE, label: 'none', description: "Takes the preset's role away" },
];

interface Props {
  fields: FieldSetting[];
  onChange: (fields: FieldSetting[]) => void;
}

/** The fields that the system adds, or has otherwise than its preset. */
export function Fields({ fields, onChange }: Props) {
  const put = (index: number, change: Partial<FieldSetting>) =>
    onChange(
      fields.map((field, at) => {
        if (at !== index) {
          return field;
        }
        const { name, role } = { ...field, ...change };
        return { ...changed(field, change), name, ...(role === '' && { role }) };
      })
    );
  return (
    <>
      {fields.length > 0 && (
        <SettingsTable
          caption="Fields that are added, or that are otherwise than in the preset"
          columns={['Name', 'Role', 'Type', 'Where', 'Key in the line', 'Unit', 'Description', '']}
        >
          {fields.map((field, index) => {
            const name = (part: string) => `Field ${index + 1}: ${part}`;
            return (
              <tr key={index}>
                <td>
                  <TextInput
                    aria-label={name('name')}
                    width={18}
                    value={field.name}
                    onChange={(value) => put(index, { name: value })}
                  />
                </td>
                <td>
                  <Named name={name('role')}>
                    <Combobox
                      options={including(ROLE_OPTIONS, field.role ?? '')}
                      value={field.role === '' ? NO_ROLE : (field.role ?? null)}
                      placeholder="as it is"
                      width={16}
                      isClearable
                      onChange={(option) =>
                        put(index, { role: option?.value === NO_ROLE ? '' : option?.value })
                      }
                    />
                  </Named>
                </td>
                <td>
                  <Named name={name('type')}>
                    <Combobox
                      options={including(TYPES, field.type ?? '')}
                      value={field.type || null}
                      placeholder="as it is"
                      width={14}
                      isClearable
                      onChange={(option) => put(index, { type: option?.value })}
                    />
                  </Named>
                </td>
                <td>
                  <TextInput
                    aria-label={name('where')}
                    width={16}
                    value={asText(field.source)}
                    placeholder="auto"
                    onChange={(text) => put(index, { source: fromText(text) })}
                  />
                </td>
                <td>
                  <TextInput
                    aria-label={name('key in the line')}
                    width={18}
                    value={asText(field.key)}
                    placeholder={field.name}
                    onChange={(text) => put(index, { key: fromText(text) })}
                  />
                </td>
                <td>
                  <TextInput
                    aria-label={name('unit')}
                    width={8}
                    value={field.unit ?? ''}
                    onChange={(unit) => put(index, { unit })}
                  />
                </td>
                <td>
                  <TextInput
                    aria-label={name('description')}
                    width={20}
                    value={field.description ?? ''}
                    onChange={(description) => put(index, { description })}
                  />
                </td>
                <td>
                  <IconButton
                    name="times"
                    tooltip={`Remove field ${index + 1}`}
                    onClick={() => onChange(fields.filter((_, at) => at !== index))}
                  />
                </td>
              </tr>
            );
          })}
        </SettingsTable>
      )}
      <Button size="sm" variant="secondary" icon="plus" onClick={() => onChange([...fields, { name: '' }])}>
        Add field
      </Button>
    </>
  );
}
