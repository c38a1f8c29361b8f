import React, { useCallback, useMemo } from 'react';

import { errorAt } from '../../query/errors';
import { PLURALS } from '../../query/words';
import { Control } from '../controls/Control';
import { ValuesPicker } from '../controls/ValuePicker';
import { useLatest } from '../hooks/useLatest';
import { useValues } from '../hooks/useValues';
import { Part } from './context';

/** Which portfolios, strategies, traces or runs; none is all of them. */
export function Ids({ datasource, query, question, known, range, edit, error }: Part) {
  const plural = PLURALS[question.queryType] ?? 'ids';
  const { systemName } = known;
  const { queryType } = question;
  const rangeRef = useLatest(range);
  const field = useCallback(async () => {
    const { systems } = await datasource.knowledge.systems(rangeRef.current);
    return systems.find(({ name }) => name === systemName)?.roles[queryType];
  }, [datasource, rangeRef, systemName, queryType]);
  // The ids themselves are no condition on the list that they are chosen from.
  const asked = useMemo(() => ({ ...query, ids: [] }), [query]);
  const load = useValues(datasource, asked, field, range);
  return (
    <Control label={`Which ${plural}`} error={errorAt(error, 'ids')}>
      <ValuesPicker
        load={load}
        values={question.ids}
        placeholder={`all ${plural}`}
        onChange={(ids) => edit({ ids })}
      />
    </Control>
  );
}
