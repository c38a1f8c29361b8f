import { CoreApp } from '@grafana/data';
import { isEqual } from 'lodash';
import { useCallback, useEffect, useRef } from 'react';

import { edit, forAlert, Question } from '../../query/question';
import { GinkgoQuery } from '../../types';
import { useLatest } from './useLatest';

/** Writes a change of some keys into the query. */
export type Edit = (change: Partial<Question>) => void;

/** Whether the editor stands in an alert rule. */
export function isAlerting(app: CoreApp | undefined): boolean {
  return app === CoreApp.UnifiedAlerting || app === CoreApp.CloudAlerting;
}

interface Props {
  query: GinkgoQuery;
  app?: CoreApp;
  onChange: (query: GinkgoQuery) => void;
  onRunQuery: () => void;
}

interface Editing {
  edit: Edit;
  /** Writes a whole query. */
  replace: (query: GinkgoQuery) => void;
  /** Says whether the query is heavy: then changes are not run by themselves, but wait until it is not. */
  weigh: (heavy: boolean) => void;
}

/**
 * Changes of a query, written and run. Writing the same again does nothing: in Explore a Combobox reports
 * its value more than once, and each new query object would start the next round (React error 185).
 */
export function useEdit({ query, app, onChange, onRunQuery }: Props): Editing {
  const latestRef = useRef(query);
  const holdRef = useRef(false);
  const heldRef = useRef(false);
  const callbacksRef = useLatest({ onChange, onRunQuery });
  useEffect(() => {
    latestRef.current = query;
  }, [query]);

  const replace = useCallback(
    (wanted: GinkgoQuery) => {
      const next = isAlerting(app) ? forAlert(wanted) : wanted;
      if (isEqual(next, latestRef.current)) {
        return;
      }
      latestRef.current = next;
      callbacksRef.current.onChange(next);
      if (holdRef.current) {
        heldRef.current = true;
      } else {
        callbacksRef.current.onRunQuery();
      }
    },
    [app, callbacksRef]
  );
  const write = useCallback<Edit>((change) => replace(edit(latestRef.current, change)), [replace]);
  const weigh = useCallback(
    (heavy: boolean) => {
      holdRef.current = heavy;
      if (!heavy && heldRef.current) {
        heldRef.current = false;
        callbacksRef.current.onRunQuery();
      }
    },
    [callbacksRef]
  );

  // An alert rule that comes without a window gets one before anybody touches it.
  useEffect(() => {
    if (isAlerting(app)) {
      replace(latestRef.current);
    }
  }, [app, replace]);

  return { edit: write, replace, weigh };
}
