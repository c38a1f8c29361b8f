import { type DataFrameJSON, type DataQueryResponse, LoadingState, StreamingDataFrame } from '@grafana/data';
import { type GrafanaLiveSrv, type LiveDataStreamOptions } from '@grafana/runtime';
import { NEVER, Observable, of } from 'rxjs';

/** Follows a channel `ds/<uid>/<path>` through the host's server-sent events. */
function follow({ addr, buffer, frame, key }: LiveDataStreamOptions): Observable<DataQueryResponse> {
  return new Observable((subscriber) => {
    const { stream, namespace } = addr as { stream?: string; namespace?: string };
    const data = encodeURIComponent(JSON.stringify(addr.data ?? null));
    const events = new EventSource(`/api/live/${stream ?? namespace}/${addr.path}?data=${data}`);
    let shown: StreamingDataFrame | undefined;
    const push = (json: DataFrameJSON) => {
      if (shown) {
        shown.push(json);
      } else {
        shown = StreamingDataFrame.fromDataFrameJSON(json, buffer);
      }
      subscriber.next({ data: [shown], key: key ?? addr.path, state: LoadingState.Streaming });
    };
    if (frame) {
      push(frame);
    }
    events.onmessage = ({ data }) => push(JSON.parse(data));
    events.addEventListener('error', (event) => {
      if (event instanceof MessageEvent) {
        subscriber.error(new Error(JSON.parse(event.data)));
        events.close();
      }
    });
    return () => events.close();
  });
}

/** Grafana Live, as far as a data source uses it. */
export const live: GrafanaLiveSrv = {
  getConnectionState: () => of(true),
  getStream: () => NEVER,
  getDataStream: follow,
  getPresence: async () => ({ users: [] }) as never,
  publish: async () => undefined,
};
