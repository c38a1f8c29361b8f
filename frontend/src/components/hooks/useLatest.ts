import { MutableRefObject, useEffect, useRef } from 'react';

/** Keeps a value for callbacks that must stay the same object from render to render. */
export function useLatest<Value>(value: Value): MutableRefObject<Value> {
  const latestRef = useRef(value);
  useEffect(() => {
    latestRef.current = value;
  });
  return latestRef;
}
