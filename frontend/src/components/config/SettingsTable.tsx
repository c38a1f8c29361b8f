import { css } from '@emotion/css';
import { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import React, { ReactNode } from 'react';

interface Props {
  caption: string;
  columns: string[];
  children: ReactNode;
}

/** A table of settings, which scrolls by itself on narrow pages. */
export function SettingsTable({ caption, columns, children }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <caption className={styles.caption}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((name, index) => (name === '' ? <td key={index} /> : <th key={index}>{name}</th>))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroll: css({ overflowX: 'auto', marginBottom: theme.spacing(1) }),
  table: css({
    fontSize: theme.typography.bodySmall.fontSize,
    'td, th': { padding: theme.spacing(0.25, 0.5), textAlign: 'left', fontWeight: 'normal' },
  }),
  caption: css({ captionSide: 'top', color: theme.colors.text.secondary }),
});
