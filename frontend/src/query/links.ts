/** Links that the values of a field get: to an address, to another data source, to a trace's own lines. */
import { DataFrame, DataLink, Field, FieldType } from '@grafana/data';

import { GinkgoQuery, LinkSetting } from '../types';

/** The value of the field that the link hangs on, as Grafana's links write it. */
const VALUE = '${__value.raw}';

/** A data source that a link may lead to. */
export interface LinkTarget {
  uid: string;
  name: string;
  type: string;
}

/** Makes Grafana's links of the settings, by field; `find` looks up a data source. */
export function linksByField(
  settings: LinkSetting[],
  find: (uid: string) => LinkTarget | undefined
): Map<string, DataLink[]> {
  const links = new Map<string, DataLink[]>();
  for (const setting of settings) {
    const link = toLink(setting, find);
    if (link) {
      links.set(setting.field, [...(links.get(setting.field) ?? []), link]);
    }
  }
  return links;
}

/** The link from an id to all of its lines in this same data source. */
export function ownLink(self: LinkTarget, title: string, query: Partial<GinkgoQuery>): DataLink {
  const internal = { datasourceUid: self.uid, datasourceName: self.name, query: { ...query, ids: [VALUE] } };
  return { title, url: '', internal };
}

function toLink(setting: LinkSetting, find: (uid: string) => LinkTarget | undefined): DataLink | undefined {
  const { field, title, url, datasourceUid, query } = setting;
  if (url) {
    return { title: title || field, url, targetBlank: true };
  }
  const target = datasourceUid ? find(datasourceUid) : undefined;
  if (!target) {
    return undefined;
  }
  const internal = {
    datasourceUid: target.uid,
    datasourceName: target.name,
    query: typeof query === 'object' ? query : model(target.type, query || VALUE),
  };
  return { title: title || target.name, url: '', internal };
}

/** The query models of data sources whose main text has a name of its own. */
function model(type: string, text: string): Record<string, unknown> {
  switch (type) {
    case 'tempo':
      return { queryType: 'traceql', query: text };
    case 'loki':
    case 'prometheus':
      return { expr: text };
    case 'ginkgo-loki-datasource':
      return { queryType: 'trace', ids: [text] };
    default:
      return { query: text };
  }
}

/** Hangs links on the fields of a frame, whatever the frame is: a table, log lines or numbers. */
export function withLinks(frame: DataFrame, links: Map<string, DataLink[]>): DataFrame {
  if (links.size === 0 || frame.fields.length === 0) {
    return frame;
  }
  const fields = frame.fields.map((field) => linked(field, links));
  const labels = frame.fields.find((field) => field.name === 'labels' && field.type === FieldType.other);
  const named = new Set(frame.fields.map((field) => field.name));
  const added = labels
    ? [...links].flatMap(([name, own]) => (named.has(name) ? [] : column(labels, name, own)))
    : [];
  return { ...frame, fields: [...fields, ...added] };
}

function linked(field: Field, links: Map<string, DataLink[]>): Field {
  const own = links.get(field.name) ?? [];
  // A number's groups are its labels: the link takes the label's value.
  const groups = Object.keys(field.labels ?? {}).flatMap((name) =>
    (links.get(name) ?? []).flatMap((link) => forLabel(link, name) ?? [])
  );
  const all = [...own, ...groups];
  return all.length === 0
    ? field
    : { ...field, config: { ...field.config, links: [...(field.config.links ?? []), ...all] } };
}

function forLabel(link: DataLink, name: string): DataLink | undefined {
  const label = labelMacro(name);
  if (label === undefined) {
    return undefined;
  }
  const put = (text: string) => text.replaceAll(VALUE, () => label);
  const internal = link.internal && { ...link.internal, query: inTexts(link.internal.query, put) };
  return { ...link, url: put(link.url), ...(internal && { internal }) };
}

/** What stands for a label's value in a link; a few names have no spelling there (Grafana's own syntax). */
function labelMacro(name: string): string | undefined {
  if (/^\w+$/.test(name)) {
    return '${__field.labels.' + name + '}';
  }
  // Grafana ends the path at these, and reads the rest as lodash does.
  return /[:^}]/.test(name) ? undefined : '${__field.labels["' + name.replace(/["\\]/g, '\\$&') + '"]}';
}

/** Changes every text of a query model, however deep it stands. */
function inTexts<T>(model: T, change: (text: string) => string): T {
  const changed = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return change(value);
    }
    if (Array.isArray(value)) {
      return value.map(changed);
    }
    return value !== null && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, changed(inner)]))
      : value;
  };
  return changed(model) as T;
}

/** A row's labels can hold no link: the label becomes a field of its own, as Grafana's log details want it. */
function column(labels: Field, name: string, links: DataLink[]): Field[] {
  const values = labels.values.map((row: Record<string, string> | null) => row?.[name] ?? null);
  if (values.every((value) => value === null)) {
    return [];
  }
  return [{ name, type: FieldType.string, config: { links }, values }];
}
