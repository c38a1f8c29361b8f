import { type BackendSrv, type BackendSrvRequest, type FetchResponse } from '@grafana/runtime';
import { lastValueFrom, Observable } from 'rxjs';

/** What a call failed with, in the shape of Grafana's FetchError. */
function failure(config: BackendSrvRequest, status: number, statusText: string, data: unknown) {
  return { status, statusText, data, config };
}

async function read(response: Response, kind: BackendSrvRequest['responseType']): Promise<unknown> {
  if (kind === 'blob') {
    return response.blob();
  }
  if (kind === 'arraybuffer') {
    return response.arrayBuffer();
  }
  const text = await response.text();
  if (kind === 'text') {
    return text;
  }
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return { message: text };
  }
}

function address({ url, params }: BackendSrvRequest): string {
  const target = new URL(url, `${location.origin}/`);
  for (const [key, value] of Object.entries(params ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) {
        target.searchParams.append(key, String(each));
      }
    }
  }
  return target.toString();
}

/** Calls the server behind the page as Grafana's front end calls its own. */
class Backend {
  /** Requests by id: a second one with the same id ends the first, as in Grafana. */
  private running = new Map<string, AbortController>();

  fetch<T>(config: BackendSrvRequest): Observable<FetchResponse<T>> {
    return new Observable((subscriber) => {
      const abort = new AbortController();
      config.abortSignal?.addEventListener('abort', () => abort.abort());
      if (config.requestId) {
        this.running.get(config.requestId)?.abort();
        this.running.set(config.requestId, abort);
      }
      this.send<T>(config, abort.signal).then(
        (response) => {
          subscriber.next(response);
          subscriber.complete();
        },
        (error) => subscriber.error(error)
      );
      return () => abort.abort();
    });
  }

  private async send<T>(config: BackendSrvRequest, signal: AbortSignal): Promise<FetchResponse<T>> {
    const hasBody = config.data !== undefined && config.method !== 'GET';
    let response: Response;
    try {
      response = await fetch(address(config), {
        method: config.method ?? 'GET',
        headers: { ...(hasBody ? { 'Content-Type': 'application/json' } : {}), ...config.headers },
        body: hasBody ? JSON.stringify(config.data) : undefined,
        signal,
      });
    } catch (error) {
      const cancelled = signal.aborted;
      throw {
        ...failure(config, cancelled ? -1 : 502, String(error), { message: String(error) }),
        cancelled,
      };
    }
    const data = await read(response, config.responseType);
    if (!response.ok) {
      throw failure(config, response.status, response.statusText, data);
    }
    const { status, statusText, ok, headers, redirected, type, url } = response;
    return { data: data as T, status, statusText, ok, headers, redirected, type, url, config };
  }

  async request<T>(config: BackendSrvRequest): Promise<T> {
    return (await lastValueFrom(this.fetch<T>(config))).data;
  }

  datasourceRequest<T>(config: BackendSrvRequest): Promise<FetchResponse<T>> {
    return lastValueFrom(this.fetch<T>(config));
  }

  get<T>(url: string, params?: Record<string, unknown>, requestId?: string): Promise<T> {
    return this.request({ url, method: 'GET', params, requestId });
  }

  post<T>(url: string, data?: unknown): Promise<T> {
    return this.request({ url, method: 'POST', data });
  }

  put<T>(url: string, data?: unknown): Promise<T> {
    return this.request({ url, method: 'PUT', data });
  }

  patch<T>(url: string, data?: unknown): Promise<T> {
    return this.request({ url, method: 'PATCH', data });
  }

  delete<T>(url: string): Promise<T> {
    return this.request({ url, method: 'DELETE' });
  }

  chunked(): Observable<FetchResponse<Uint8Array | undefined>> {
    throw new Error('the workbench has no chunked answers');
  }
}

/** The workbench's stand-in for Grafana's backend service. */
export const backend: BackendSrv = new Backend();
