import { css } from '@emotion/css';
import { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import React, { ReactNode, useId, useState } from 'react';

interface Props {
  title: string;
  /** What is inside, in a few words, while it is folded. */
  summary?: ReactNode;
  /** Opens it: something inside must be seen. */
  open?: boolean;
  children: ReactNode;
}

/** A part of the editor that is folded until somebody wants it. */
export function Fold({ title, summary, open = false, children }: Props) {
  const styles = useStyles2(getStyles);
  const [isOpen, setOpen] = useState(open);
  const id = useId();
  // It opens when there is something to see, and closes only by hand.
  const [seen, setSeen] = useState(open);
  if (seen !== open) {
    setSeen(open);
    setOpen(isOpen || open);
  }
  return (
    <section>
      <button
        type="button"
        className={styles.head}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={isOpen ? 'angle-down' : 'angle-right'} />
        <span className={styles.title}>{title}</span>
        {!isOpen && summary && <span className={styles.summary}>{summary}</span>}
      </button>
      <div id={id} hidden={!isOpen} className={styles.body}>
        {isOpen && children}
      </div>
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  head: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    width: '100%',
    minHeight: theme.spacing(4),
    padding: theme.spacing(0, 0.5),
    border: 'none',
    background: 'transparent',
    color: theme.colors.text.primary,
    textAlign: 'left',
    '&:hover': { background: theme.colors.action.hover },
  }),
  title: css({
    fontSize: theme.typography.bodySmall.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
  }),
  summary: css({
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    marginLeft: theme.spacing(1),
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
  }),
  body: css({ padding: theme.spacing(0.5, 0, 1, 2.5) }),
});
