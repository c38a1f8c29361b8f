import {
  AbstractQuery,
  AdHocVariableFilter,
  CoreApp,
  DataFrame,
  DataQueryRequest,
  DataQueryResponse,
  DataSourceGetDrilldownsApplicabilityOptions,
  DataSourceGetTagKeysOptions,
  DataSourceGetTagValuesOptions,
  DataSourceInstanceSettings,
  DataSourceWithLogsContextSupport,
  DataSourceWithLogsLabelTypesSupport,
  DataSourceWithQueryExportSupport,
  DataSourceWithQueryImportSupport,
  DataSourceWithQueryModificationSupport,
  DataSourceWithSupplementaryQueriesSupport,
  DataSourceWithToggleableQueryFiltersSupport,
  DrilldownsApplicability,
  LogRowContextOptions,
  LogRowModel,
  MetricFindValue,
  QueryFilterOptions,
  QueryFixAction,
  ScopedVars,
  SupplementaryQueryOptions,
  SupplementaryQueryType,
  TimeRange,
  ToggleFilterAction,
} from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv } from '@grafana/runtime';
import { ReactNode } from 'react';
import { map, Observable } from 'rxjs';

import { annotations } from './annotations';
import { Knowledge } from './api/knowledge';
import { Resources, SystemsAnswer, ValuesAnswer } from './api/resources';
import { ContextProvider } from './explore/context';
import { Links } from './explore/links';
import { noticeLogql } from './explore/notice';
import { withLevelLabel } from './explore/volume';
import { fromAbstract, toAbstract } from './query/abstract';
import { fromAdHoc, hasFilter, modify, toggleFilter } from './query/filters';
import { interpolate } from './query/interpolate';
import { isComplete, isEmpty, read } from './query/question';
import { sentence } from './query/sentence';
import { supplementary, supplementaryRequest } from './query/supplementary';
import { roleField, systemName } from './query/systems';
import { labelGroup } from './query/labels';
import { utcOffsetSec } from './query/timezone';
import { GinkgoOptions, GinkgoQuery, GinkgoVariableQuery } from './types';
import { DEFAULT_OPTIONS, GinkgoVariables } from './variables';

/** The most values that an ad hoc filter offers. */
const MOST_TAG_VALUES = 500;

/** The data source: Grafana's questions, handed to the model (`query/`) and to the backend. */
export class GinkgoDataSource
  extends DataSourceWithBackend<GinkgoQuery, GinkgoOptions>
  implements
    DataSourceWithSupplementaryQueriesSupport<GinkgoQuery>,
    DataSourceWithLogsContextSupport<GinkgoQuery>,
    DataSourceWithLogsLabelTypesSupport,
    DataSourceWithToggleableQueryFiltersSupport<GinkgoQuery>,
    DataSourceWithQueryModificationSupport<GinkgoQuery>,
    DataSourceWithQueryImportSupport<GinkgoQuery>,
    DataSourceWithQueryExportSupport<GinkgoQuery>
{
  readonly resources: Resources;
  readonly knowledge: Knowledge;
  readonly options: GinkgoOptions;
  readonly supportsAdjustableWindow = true;
  override annotations = annotations;
  override variables = new GinkgoVariables(this);
  private readonly contexts: ContextProvider;
  private readonly links: Links;

  constructor(settings: DataSourceInstanceSettings<GinkgoOptions>) {
    super(settings);
    this.options = settings.jsonData ?? {};
    this.resources = new Resources(this);
    this.knowledge = new Knowledge(this.resources);
    this.links = new Links(this.options, { uid: this.uid, name: this.name, type: this.type });
    this.contexts = new ContextProvider(this);
  }

  // Queries

  override query(request: DataQueryRequest<GinkgoQuery>): Observable<DataQueryResponse> {
    const offset = utcOffsetSec(request.timezone, request.range.to.valueOf());
    const targets = request.targets.map((query) =>
      offset === 0 || query.utcOffsetSec !== undefined ? query : { ...query, utcOffsetSec: offset }
    );
    return super.query({ ...request, targets }).pipe(
      map((response) => ({
        ...response,
        data: response.data.map((frame: DataFrame) => this.shown(frame, request.targets)),
      }))
    );
  }

  /** A frame as Grafana shows it: with links, and levels under the name that it knows. */
  private shown(frame: DataFrame, targets: GinkgoQuery[]): DataFrame {
    const query = targets.find(({ refId }) => refId === frame.refId);
    const level = this.levelField(query);
    return withLevelLabel(this.links.onto(frame, query), level);
  }

  private levelField(query: GinkgoQuery | undefined): string {
    const system = systemName(query?.system, this.options);
    return roleField(system, 'level', this.options) ?? 'level';
  }

  override filterQuery(query: GinkgoQuery): boolean {
    return !query.hide && !isEmpty(query) && isComplete(query);
  }

  override getDefaultQuery(app: CoreApp): Partial<GinkgoQuery> {
    switch (app) {
      case CoreApp.UnifiedAlerting:
      case CoreApp.CloudAlerting:
        return { queryType: 'any', result: 'errorCount', instant: true, window: '5m' };
      // Nothing, so that Explore shows where one may start.
      case CoreApp.Explore:
        return {};
      default:
        return { queryType: 'any' };
    }
  }

  override getQueryDisplayText(query: GinkgoQuery): string {
    return sentence(query);
  }

  // Variables

  override applyTemplateVariables(
    query: GinkgoQuery,
    scopedVars: ScopedVars,
    filters?: AdHocVariableFilter[]
  ): GinkgoQuery {
    return interpolate(query, getTemplateSrv(), scopedVars, filters);
  }

  override interpolateVariablesInQueries(
    queries: GinkgoQuery[],
    scopedVars: ScopedVars,
    filters?: AdHocVariableFilter[]
  ): GinkgoQuery[] {
    return queries.map((query) => ({
      ...this.applyTemplateVariables(query, scopedVars, filters),
      datasource: this.getRef(),
    }));
  }

  override targetContainsTemplate(query: GinkgoQuery): boolean {
    return getTemplateSrv().containsTemplate(JSON.stringify(query));
  }

  /** The options of a dashboard variable. */
  variableOptions(
    query: GinkgoVariableQuery,
    scopedVars: ScopedVars,
    range: TimeRange
  ): Promise<ValuesAnswer> {
    const asked = this.applyTemplateVariables(query, scopedVars) as GinkgoVariableQuery;
    const field = getTemplateSrv().replace(query.field, scopedVars);
    const limit = Number(asked.limit) || DEFAULT_OPTIONS;
    return this.resources.values(asked, field, { limit, range });
  }

  // Ad hoc filters

  override async getTagKeys(options?: DataSourceGetTagKeysOptions<GinkgoQuery>): Promise<MetricFindValue[]> {
    const { fields } = await this.resources.fields(
      { system: this.systemOf(options?.queries) },
      options?.timeRange
    );
    return fields.map(({ name, inSchema }) => ({
      text: name,
      value: name,
      group: inSchema === false ? 'Found in the logs' : 'Fields',
    }));
  }

  override async getTagValues(
    options: DataSourceGetTagValuesOptions<GinkgoQuery>
  ): Promise<MetricFindValue[]> {
    const filters = options.filters.map(fromAdHoc).filter((filter) => filter !== undefined);
    const query = { system: this.systemOf(options.queries), filters };
    const { values } = await this.resources.values(query, options.key, {
      range: options.timeRange,
      limit: MOST_TAG_VALUES,
    });
    return values.map(({ value }) => ({ text: value, value }));
  }

  override async getDrilldownsApplicability(
    options?: DataSourceGetDrilldownsApplicabilityOptions<GinkgoQuery>
  ): Promise<DrilldownsApplicability[]> {
    const queries = options?.queries ?? [];
    const onlyLogql = queries.length > 0 && queries.every((query) => read(query).queryType === 'logql');
    return (options?.filters ?? []).map(({ key, origin }) => ({
      key,
      origin,
      applicable: !onlyLogql,
      ...(onlyLogql && { reason: 'Filters do not reach into LogQL that you wrote yourself' }),
    }));
  }

  private systemOf(queries: GinkgoQuery[] | undefined): string | undefined {
    const names = new Set((queries ?? []).map((query) => systemName(query.system, this.options)));
    return names.size === 1 ? [...names][0] : undefined;
  }

  // Explore

  getSupportedSupplementaryQueryTypes(request?: DataQueryRequest): SupplementaryQueryType[] {
    const targets = (request?.targets ?? []) as GinkgoQuery[];
    const onlyLogql = targets.length > 0 && targets.every((query) => read(query).queryType === 'logql');
    return onlyLogql ? [] : [SupplementaryQueryType.LogsVolume, SupplementaryQueryType.LogsSample];
  }

  getSupplementaryQuery(options: SupplementaryQueryOptions, query: GinkgoQuery): GinkgoQuery | undefined {
    return supplementary(options, query, this.levelField(query));
  }

  getSupplementaryRequest(
    type: SupplementaryQueryType,
    request: DataQueryRequest<GinkgoQuery>,
    options?: SupplementaryQueryOptions
  ): DataQueryRequest<GinkgoQuery> | undefined {
    const wanted = { ...options, type } as SupplementaryQueryOptions;
    return supplementaryRequest(request, (query) => this.getSupplementaryQuery(wanted, query));
  }

  getLogRowContext = (row: LogRowModel, options?: LogRowContextOptions, query?: GinkgoQuery) =>
    this.contexts.rows(row, options, query);

  getLogRowContextQuery = (
    row: LogRowModel,
    options?: LogRowContextOptions,
    query?: GinkgoQuery
  ): Promise<GinkgoQuery | null> => this.contexts.query(row, options, query);

  getLogRowContextUi = (row: LogRowModel, run?: () => void, query?: GinkgoQuery): ReactNode =>
    this.contexts.ui(row, run, query);

  getLabelDisplayTypeFromFrame = labelGroup;

  toggleQueryFilter(query: GinkgoQuery, filter: ToggleFilterAction): GinkgoQuery {
    return noticeLogql(query) ?? toggleFilter(query, filter);
  }

  queryHasFilter(query: GinkgoQuery, { key, value }: QueryFilterOptions): boolean {
    return key !== undefined && value !== undefined && hasFilter(query, key, value);
  }

  override modifyQuery(query: GinkgoQuery, action: QueryFixAction): GinkgoQuery {
    return noticeLogql(query) ?? modify(query, action);
  }

  getSupportedQueryModifications(): string[] {
    return ['ADD_FILTER', 'ADD_FILTER_OUT', 'ADD_STRING_FILTER', 'ADD_STRING_FILTER_OUT'];
  }

  // Other data sources

  async importFromAbstractQueries(queries: AbstractQuery[]): Promise<GinkgoQuery[]> {
    const { systems } = await this.knownSystems();
    return queries.map((query) => fromAbstract(query, systems));
  }

  async exportToAbstractQueries(queries: GinkgoQuery[]): Promise<AbstractQuery[]> {
    const { systems } = await this.knownSystems();
    return Promise.all(
      queries.map(async (query) => {
        const name = systemName(query.system, this.options);
        const system = systems.find((candidate) => candidate.name === name);
        const fields = await this.resources.fields({ system: name }).then(
          (answer) => answer.fields,
          () => []
        );
        const elsewhere = fields.filter(({ found }) => found?.length && !found.includes('label'));
        const inside = new Set(elsewhere.map((field) => field.name));
        return toAbstract(query, system, (field) => !inside.has(field));
      })
    );
  }

  /** The systems; none where they cannot be asked for, as importing works without. */
  private knownSystems(): Promise<SystemsAnswer> {
    return this.resources.systems().catch(() => ({ systems: [], defaultSystem: '' }));
  }
}
