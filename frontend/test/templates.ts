/** Grafana's template service, as dashboards have it: formats, lists, *All*. */
import { ScopedVars, TypedVariableModel } from '@grafana/data';

import { Templates } from '../src/query/variables';

interface Variable {
  value: string | string[];
  type?: string;
  /** All options; they are the values while the variable stands on *All*. */
  options?: string[];
  /** What somebody wrote for *All*. */
  allValue?: string;
}

const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\${(\w+)(?:\.([^:^}]+))?(?::([^}]+))?}/g;

export function templates(variables: Record<string, Variable>): Templates {
  const valueOf = (name: string, scoped: ScopedVars) => {
    if (scoped[name]) {
      return { value: scoped[name].value as string | string[] };
    }
    const variable = variables[name];
    if (!variable) {
      return undefined;
    }
    const all = [variable.value].flat().includes('$__all');
    return all ? { value: variable.options ?? [], custom: variable.allValue } : { value: variable.value };
  };
  return {
    getVariables: () =>
      Object.entries(variables).map(([name, { value, type }]) => ({
        name,
        type: type ?? 'query',
        current: { value, text: value },
      })) as unknown as TypedVariableModel[],
    replace: (target = '', scoped = {}, format) =>
      target.replace(REFERENCE, (match, a, b, c, d, _path, e) => {
        const found = valueOf(a ?? b ?? d, scoped);
        if (!found) {
          return match;
        }
        if (found.custom !== undefined) {
          return found.custom;
        }
        const own = c ?? e ?? format;
        if (typeof own === 'function') {
          return (own as (value: unknown) => string)(found.value);
        }
        const list = [found.value].flat();
        return own === 'csv' ? list.join(',') : list.length > 1 ? `{${list.join(',')}}` : (list[0] ?? '');
      }),
  };
}
