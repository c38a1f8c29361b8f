import { EditorRow } from '@grafana/plugin-ui';
import React from 'react';

import { ID_TYPES, LOGQL_RESULTS, METRIC_RESULTS, RESULTS, Word } from '../../query/words';
import { isAlerting } from '../hooks/useEdit';
import { Ask } from './Ask';
import { Part } from './context';
import { Ids } from './Ids';
import { Needs } from './Needs';
import { Show } from './Show';
import { SystemPicker } from './SystemPicker';

interface Props extends Part {
  /** The result that is not to choose: annotations are events. */
  fixedResult?: string;
}

/** The first row, read as a sentence: ask for what, which of them, show what, and what that needs. */
export function Sentence({ fixedResult, ...part }: Props) {
  const { queryType } = part.question;
  const isLogql = queryType === 'logql';
  return (
    <EditorRow>
      <Ask {...part} />
      {part.known.systems.length > 1 && !isLogql && <SystemPicker {...part} />}
      {ID_TYPES.includes(queryType) && <Ids {...part} />}
      {fixedResult === undefined && <Show {...part} results={resultsFor(part)} />}
      {!isLogql && <Needs {...part} />}
    </EditorRow>
  );
}

/** An alert rule needs numbers; one's own LogQL says itself what it answers. */
function resultsFor({ app, question }: Part): Word[] {
  if (question.queryType === 'logql') {
    return RESULTS.filter(({ value }) => LOGQL_RESULTS.includes(value));
  }
  return isAlerting(app) ? RESULTS.filter(({ value }) => METRIC_RESULTS.includes(value)) : RESULTS;
}
