import { type DataLink, type LogRowModel } from '@grafana/data';
import { Button } from '@grafana/ui';
import React from 'react';

import { type Query, type Session } from './session';

interface Found {
  key: string;
  link: DataLink;
  value: string;
}

/** Writes a value where a link wants it, as Grafana does. */
function filled(text: string, value: string): string {
  return text.replaceAll('${__value.raw}', value);
}

/** Where a link leads: to its address, or to another data source in Explore. */
function address({ link, value }: Found): string {
  if (!link.internal) {
    return filled(link.url, encodeURIComponent(value));
  }
  const query = filled(JSON.stringify(link.internal.query), value);
  return `/explore?${new URLSearchParams({ datasource: link.internal.datasourceName, query })}`;
}

/** The links that the fields of a line's frame carry: to an address, or to a query of a data source. */
export function LogLinks({ session, row }: { session: Session; row: LogRowModel }) {
  const found = row.dataFrame.fields.flatMap((field): Found[] => {
    const value = field.values[row.rowIndex];
    const links = typeof value === 'string' && value !== '' ? (field.config.links ?? []) : [];
    return links.map((link) => ({ key: `${field.name} ${link.title}`, link, value }));
  });
  const follow = ({ link, value }: Found) => {
    const query = JSON.parse(filled(JSON.stringify(link.internal!.query), value)) as Query;
    session.change({ ...query, refId: 'A' });
    session.run();
  };
  return (
    <ul aria-label="Links" style={{ listStyle: 'none', margin: '4px 0' }}>
      {found.map((each) => (
        <li key={each.key}>
          {each.link.internal?.datasourceUid === session.stored.uid ? (
            <Button size="sm" fill="text" icon="link" onClick={() => follow(each)}>
              {each.link.title}
            </Button>
          ) : (
            <a href={address(each)}>{each.link.title}</a>
          )}
        </li>
      ))}
    </ul>
  );
}
