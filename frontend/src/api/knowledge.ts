/** What editors of one data source share: systems and fields, asked for once a minute at most. */
import { TimeRange } from '@grafana/data';

import { FieldsAnswer, Resources, SystemsAnswer } from './resources';

const FRESH_MS = 60_000;

interface Kept {
  at: number;
  answer: Promise<unknown>;
}

/** Remembers answers; an error is forgotten at once. */
export class Knowledge {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly resources: Resources,
    private readonly now: () => number = Date.now
  ) {}

  systems(range?: TimeRange): Promise<SystemsAnswer> {
    return this.remember('systems', () => this.resources.systems(range));
  }

  fields(system: string | undefined, range?: TimeRange): Promise<FieldsAnswer> {
    return this.remember(`fields ${system ?? ''}`, () => this.resources.fields({ system }, range));
  }

  private remember<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
    const kept = this.kept.get(key);
    if (kept && this.now() - kept.at < FRESH_MS) {
      return kept.answer as Promise<Answer>;
    }
    const answer = ask();
    this.kept.set(key, { at: this.now(), answer });
    answer.catch(() => this.kept.delete(key));
    return answer;
  }
}
