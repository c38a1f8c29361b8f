import { css } from '@emotion/css';
import { formattedValueToString, getValueFormat, GrafanaTheme2 } from '@grafana/data';
import { Alert, Button, Stack, useStyles2 } from '@grafana/ui';
import React from 'react';

import { Cost, Explanation } from '../../api/resources';
import { Fold } from '../controls/Fold';
import { Explained } from '../hooks/useExplain';

/** A query that reads more than this waits for somebody to say that it shall. */
export const HEAVY_BYTES = 20 * 1024 ** 3;

/** Whether a query is so heavy that it does not run by itself. */
export function isHeavy({ explanation }: Explained): boolean {
  return (explanation?.cost?.bytes ?? 0) > HEAVY_BYTES;
}

interface Props {
  explained: Explained;
  isLogql: boolean;
  onOpenAsLogql: (explanation: Explanation) => void;
  onRun: () => void;
}

/** What will run and why, and what it costs. */
export function Explain({ explained, isLogql, onOpenAsLogql, onRun }: Props) {
  const styles = useStyles2(getStyles);
  const { explanation, error } = explained;
  const cost = explanation?.cost;
  return (
    <>
      {isHeavy(explained) && (
        <Alert severity="warning" title={`This reads ${costText(cost!)}`} topSpacing={0} bottomSpacing={0}>
          <Stack direction="row" gap={2} alignItems="center">
            <span>A shorter time or a condition makes it less.</span>
            <Button size="sm" variant="secondary" onClick={onRun}>
              Run it all the same
            </Button>
          </Stack>
        </Alert>
      )}
      <Fold title="What will run" summary={cost?.streams ? `reads ${costText(cost)}` : undefined}>
        {error && <p role="alert">{error}</p>}
        {explanation && (
          <Stack direction="column" gap={1} alignItems="flex-start">
            <pre className={styles.logql} aria-label="LogQL" tabIndex={0}>
              {explanation.expr}
            </pre>
            {explanation.parts.length > 1 && (
              <table className={styles.parts}>
                <caption className={styles.caption}>Why each part is there</caption>
                <tbody>
                  {explanation.parts.map(({ logql, reason }, index) => (
                    <tr key={index}>
                      <td>
                        <code>{logql}</code>
                      </td>
                      <td>{reason}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {explanation.notices.map((notice) => (
              <p key={notice}>{notice}</p>
            ))}
            {!isLogql && (
              <Button
                size="sm"
                variant="secondary"
                icon="brackets-curly"
                onClick={() => onOpenAsLogql(explanation)}
              >
                Open as LogQL
              </Button>
            )}
          </Stack>
        )}
        {!explanation && !error && <p>Choose what to ask for, and the LogQL of it stands here.</p>}
      </Fold>
    </>
  );
}

/** "about 1.2 GiB in 14 streams". */
export function costText({ bytes, streams }: Cost): string {
  const size = formattedValueToString(getValueFormat('bytes')(bytes, 1));
  return `about ${size} in ${streams.toLocaleString('en')} ${streams === 1 ? 'stream' : 'streams'}`;
}

const getStyles = (theme: GrafanaTheme2) => ({
  logql: css({ margin: 0, maxHeight: 300, maxWidth: '100%', overflow: 'auto', whiteSpace: 'pre-wrap' }),
  caption: css({ captionSide: 'top', color: theme.colors.text.secondary, padding: 0 }),
  parts: css({
    fontSize: theme.typography.bodySmall.fontSize,
    td: { padding: theme.spacing(0.25, 1, 0.25, 0), verticalAlign: 'top' },
    code: { display: 'inline-block', whiteSpace: 'pre-wrap', wordBreak: 'break-word' },
  }),
});
