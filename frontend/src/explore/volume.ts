import { DataFrame } from '@grafana/data';

import { VOLUME } from '../query/supplementary';

/** The label that Grafana colours log volumes by; a system may call its level otherwise. */
const LEVEL = 'level';

/** Names the level of a log volume as Grafana looks for it. */
export function withLevelLabel(frame: DataFrame, levelField: string): DataFrame {
  if (!frame.refId?.startsWith(VOLUME) || levelField === LEVEL) {
    return frame;
  }
  const fields = frame.fields.map((field) => {
    if (field.labels?.[levelField] === undefined) {
      return field;
    }
    const { [levelField]: level, ...labels } = field.labels;
    return { ...field, labels: { ...labels, [LEVEL]: level! } };
  });
  return { ...frame, fields };
}
