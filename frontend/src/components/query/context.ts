import { CoreApp, TimeRange } from '@grafana/data';

import type { GinkgoDataSource } from '../../datasource';
import { Question } from '../../query/question';
import { GinkgoQuery } from '../../types';
import { Edit } from '../hooks/useEdit';
import { Known } from '../hooks/useKnown';

/** What every part of the query editor gets. */
export interface Part {
  datasource: GinkgoDataSource;
  query: GinkgoQuery;
  question: Question;
  edit: Edit;
  known: Known;
  range: TimeRange | undefined;
  app: CoreApp | undefined;
  /** What the backend says is wrong with the query. */
  error: string | undefined;
}
