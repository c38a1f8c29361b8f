import {
  CoreApp,
  type DataQuery,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceApi,
  type DataSourcePlugin,
  type EventBus,
  LoadingState,
  type PanelData,
  type TimeRange,
} from '@grafana/data';
import { BehaviorSubject, from, isObservable, type Observable, type Subscription } from 'rxjs';

import { type Stored } from './dataSources';
import { interval, timeRange } from './range';
import { type Variable, variables } from './variables';

/** A query of whatever data source the plugin is. */
export type Query = DataQuery;
export type View = 'query' | 'config' | 'variable' | 'annotation';

/** What the page shows. */
export interface State {
  view: View;
  app: CoreApp;
  query: Query;
  from: string;
  to: string;
  data: PanelData;
}

function empty(range: TimeRange): PanelData {
  return { state: LoadingState.NotStarted, series: [], timeRange: range };
}

function fromAddress(): State {
  const params = new URLSearchParams(location.search);
  const [from, to] = [params.get('from') ?? 'now-1h', params.get('to') ?? 'now'];
  return {
    view: (params.get('view') ?? 'query') as View,
    app: (params.get('app') ?? CoreApp.Explore) as CoreApp,
    query: { refId: 'A', ...JSON.parse(params.get('query') ?? '{}') },
    from,
    to,
    data: empty(timeRange(from, to)),
  };
}

/** The page's state, and the door for tests: `window.workbench`. */
export class Session {
  readonly state = new BehaviorSubject<State>(fromAddress());
  /** Every query that an editor has handed out, oldest first. */
  readonly models: Query[] = [];
  datasource: DataSourceApi;
  private running?: Subscription;
  private runs = 0;

  constructor(
    readonly plugin: DataSourcePlugin<DataSourceApi>,
    private open: (stored: Stored) => DataSourceApi,
    public stored: Stored,
    readonly events: EventBus
  ) {
    this.datasource = open(stored);
    variables.set(JSON.parse(new URLSearchParams(location.search).get('variables') ?? '[]'));
  }

  /** Opens the data source anew, after its settings have been saved. */
  reopen(stored: Stored) {
    this.stored = stored;
    this.datasource = this.open(stored);
    this.set({});
  }

  set(part: Partial<State>) {
    this.state.next({ ...this.state.value, ...part });
  }

  setVariables(list: Variable[]) {
    variables.set(list);
  }

  range(): TimeRange {
    return timeRange(this.state.value.from, this.state.value.to);
  }

  /** What the editor's onChange does. */
  change = (query: Query) => {
    this.models.push(query);
    this.set({ query });
  };

  request(targets: Query[], more: Partial<DataQueryRequest<Query>> = {}): DataQueryRequest<Query> {
    const range = this.range();
    const points = 800;
    this.runs += 1;
    return {
      ...interval(range, points),
      requestId: `workbench_${this.runs}`,
      range,
      rangeRaw: range.raw,
      maxDataPoints: points,
      targets,
      scopedVars: {},
      timezone: 'browser',
      app: this.state.value.app,
      startTime: Date.now(),
      ...more,
    };
  }

  ask(request: DataQueryRequest<Query>): Observable<DataQueryResponse> {
    const wanted = request.targets.filter((target) => this.datasource.filterQuery?.(target) ?? true);
    const answer = this.datasource.query({ ...request, targets: wanted });
    return isObservable(answer) ? answer : from(answer);
  }

  /** Runs the query of the editor. */
  run = () => {
    this.running?.unsubscribe();
    const { query } = this.state.value;
    const request = this.request([query]);
    if (!(this.datasource.filterQuery?.(query) ?? true)) {
      this.set({ data: empty(request.range) });
      return;
    }
    const { series } = this.state.value.data;
    this.set({ data: { state: LoadingState.Loading, series, timeRange: request.range, request } });
    this.running = this.ask(request).subscribe({
      next: ({ data, errors, error, state }) => {
        const all = errors ?? (error ? [error] : []);
        const outcome = all.length > 0 ? LoadingState.Error : (state ?? LoadingState.Done);
        const shown = {
          state: outcome,
          series: data,
          errors: all,
          error: all[0],
          timeRange: request.range,
          request,
        };
        this.set({ data: shown as PanelData });
      },
      error: (error) => {
        const shown = {
          state: LoadingState.Error,
          series: [],
          errors: [error],
          error,
          timeRange: request.range,
          request,
        };
        this.set({ data: shown });
      },
    });
  };
}
