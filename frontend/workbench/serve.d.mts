/** Where the workbench is, what its logs have, and how it ends. */
export interface Served {
  address: string;
  loki: string;
  ids: Record<string, string>;
  stop: () => Promise<void>;
}

export function serve(options?: {
  profile?: string;
  backfill?: string;
  layout?: string;
  live?: boolean;
  addr?: string;
}): Promise<Served>;

export function run(program: string, args: string[], env?: Record<string, string>): Promise<string>;
