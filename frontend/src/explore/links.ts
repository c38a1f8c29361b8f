import { DataFrame, DataLink } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';

import { linksByField, LinkTarget, ownLink, withLinks } from '../query/links';
import { roleField, systemName } from '../query/systems';
import { GinkgoOptions, GinkgoQuery } from '../types';

/** The links of a data source: those of its settings, and from a trace id to all lines of the trace. */
export class Links {
  private settings: Map<string, DataLink[]> | undefined;

  constructor(
    private readonly options: GinkgoOptions,
    private readonly self: LinkTarget
  ) {}

  /** Hangs them on a frame. */
  onto(frame: DataFrame, query: GinkgoQuery | undefined): DataFrame {
    const system = systemName(query?.system, this.options);
    const links = new Map(this.configured());
    const trace = roleField(system, 'trace', this.options);
    // The lines of a trace already are what the link would show.
    if (trace !== undefined && query?.queryType !== 'trace') {
      const own = ownLink(this.self, 'All lines of this trace', { queryType: 'trace', system });
      links.set(trace, [own, ...(links.get(trace) ?? [])]);
    }
    return withLinks(frame, links);
  }

  private configured(): Map<string, DataLink[]> {
    this.settings ??= linksByField(this.options.links ?? [], (uid) => {
      const found = getDataSourceSrv().getInstanceSettings(uid);
      return found && { uid: found.uid, name: found.name, type: found.type };
    });
    return this.settings;
  }
}
