import { CoreApp, LogSortOrderChangeEvent, LogsSortOrder, store } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { useEffect } from 'react';

import { Edit } from './useEdit';

/** Where Explore keeps the order of log lines. */
const EXPLORE_ORDER = 'grafana.explore.logs.sortOrder';

/**
 * Follows Grafana's own toggle of the lines' order, so that "oldest first" means the oldest lines of the
 * range and not the newest ones turned round. Grafana tells only its own Loki of it in Explore; others can
 * see that the setting is stored.
 */
export function useSortOrder(app: CoreApp | undefined, isLines: boolean, edit: Edit) {
  useEffect(() => {
    if (!isLines) {
      return;
    }
    const follow = (order: unknown) => {
      if (order === LogsSortOrder.Ascending || order === LogsSortOrder.Descending) {
        edit({ direction: order === LogsSortOrder.Ascending ? 'forward' : 'backward' });
      }
    };
    if (app === CoreApp.Explore) {
      return store.subscribe?.(EXPLORE_ORDER, () => follow(store.get(EXPLORE_ORDER)));
    }
    if (app === CoreApp.Dashboard || app === CoreApp.PanelEditor) {
      const events = getAppEvents().subscribe(LogSortOrderChangeEvent, ({ payload }) =>
        follow(payload.order)
      );
      return () => events.unsubscribe();
    }
    return undefined;
  }, [app, isLines, edit]);
}
