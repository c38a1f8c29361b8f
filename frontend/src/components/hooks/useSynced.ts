import { useState } from 'react';

/** A value that a control may change for itself, until the one from outside changes. */
export function useSynced<Value>(outside: Value): [Value, (value: Value) => void] {
  const [state, setState] = useState({ outside, own: outside });
  if (state.outside !== outside) {
    setState({ outside, own: outside });
  }
  const own = state.outside === outside ? state.own : outside;
  return [own, (value) => setState({ outside, own: value })];
}
