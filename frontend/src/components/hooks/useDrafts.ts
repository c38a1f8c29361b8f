import { isEqual } from 'lodash';
import { useState } from 'react';

/**
 * A list of conditions of which some are half written: those stay here, the complete ones are in the query.
 * Conditions that come from elsewhere (log details, another person) replace what stands here.
 */
export function useDrafts<Item>(
  written: Item[],
  isComplete: (item: Item) => boolean,
  write: (items: Item[]) => void
): [Item[], (drafts: Item[]) => void] {
  const [state, setState] = useState({ written, drafts: written });
  let { drafts } = state;
  if (state.written !== written) {
    drafts = isEqual(drafts.filter(isComplete), written) ? drafts : written;
    setState({ written, drafts });
  }
  const change = (next: Item[]) => {
    setState({ written, drafts: next });
    const complete = next.filter(isComplete);
    if (!isEqual(complete, written)) {
      write(complete);
    }
  };
  return [drafts, change];
}
