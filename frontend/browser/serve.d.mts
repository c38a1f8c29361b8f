/** Where the page is, what its logs have, and how it ends. */
export interface Served {
  host: string;
  door: string;
  loki: string;
  ids: Record<string, string>;
  stop: () => Promise<void>;
}

export function serve(options: { profile: string; layout: string }): Promise<Served>;
