/** Groups of labels in the log details: where a value comes from. */
import { DataFrame } from '@grafana/data';

const GROUPS: Record<string, string> = {
  I: 'Stream labels',
  S: 'Structured metadata',
  P: 'Fields in the line',
};

/** Names the group of a label of a row; none where the frame does not say. */
export function labelGroup(key: string, frame: DataFrame | undefined, index: number | null): string | null {
  const types = frame?.fields.find((field) => field.name === 'labelTypes');
  if (!types || index === null) {
    return null;
  }
  const row = types.values[index] as Record<string, string> | null | undefined;
  return GROUPS[row?.[key] ?? ''] ?? null;
}
