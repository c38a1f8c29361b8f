import { useEffect, useState } from 'react';

/** What `find` found last, or how it failed; it runs again whenever it changes or `again` is called. */
export function useFound<T>(find: () => Promise<T>): { found?: T; failure?: string; again: () => void } {
  const [runs, setRuns] = useState(0);
  const [state, setState] = useState<{ found?: T; failure?: string }>({});
  useEffect(() => {
    let wanted = true;
    const keep = (next: { found?: T; failure?: string }) => wanted && setState(next);
    find().then(
      (found) => keep({ found }),
      (error) => keep({ failure: error?.message ?? error?.data?.message ?? JSON.stringify(error) })
    );
    return () => {
      wanted = false;
    };
  }, [find, runs]);
  return { ...state, again: () => setRuns((count) => count + 1) };
}
