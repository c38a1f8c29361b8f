/** What Grafana's AMD loader hands to plugins, by name. */
export type Shared = Record<string, unknown>;

type Factory = (...parts: unknown[]) => unknown;

declare global {
  interface Window {
    define: { (...parts: unknown[]): void; amd?: object };
  }
}

/** Loads an AMD module by a script tag, as Grafana loads a plugin's `module.js`. */
export function loadModule<T>(url: string, shared: Shared): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = (name: string) => {
      if (name === 'module') {
        return { id: url, uri: url };
      }
      if (!(name in shared)) {
        throw new Error(`${url} wants ${JSON.stringify(name)}, which Grafana does not share`);
      }
      return shared[name];
    };
    window.define = (...parts) => {
      const factory = parts.pop() as Factory;
      const names = (parts.pop() ?? []) as string[];
      try {
        resolve(factory(...names.map(give)) as T);
      } catch (error) {
        reject(error);
      }
    };
    window.define.amd = {};
    const script = document.createElement('script');
    script.src = url;
    script.onerror = () => reject(new Error(`${url} cannot be loaded: npm run build`));
    document.head.append(script);
  });
}
