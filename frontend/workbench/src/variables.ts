import { type ScopedVars, type TypedVariableModel } from '@grafana/data';
import { type TemplateSrv } from '@grafana/runtime';

/** A dashboard variable of the workbench. */
export interface Variable {
  name: string;
  value: string | string[];
  /** What "All" stands for; with it, the value `$__all` means every option. */
  options?: string[];
  /** Written in place of "All" as it is. */
  allValue?: string;
}

type Formatter = (value: unknown, variable: object, fallback?: unknown) => string;

// `$name`, `[[name]]`, `[[name:format]]`, `${name}`, `${name.path}`, `${name:format}`: Grafana's notations.
const reference = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}/g;

function glob(value: unknown): string {
  if (!Array.isArray(value)) {
    return String(value);
  }
  return value.length > 1 ? `{${value.join(',')}}` : String(value[0] ?? '');
}

function regex(value: unknown): string {
  const escape = (text: unknown) => String(text).replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
  if (!Array.isArray(value)) {
    return escape(value);
  }
  return value.length === 1 ? escape(value[0]) : `(${value.map(escape).join('|')})`;
}

const formats: Record<string, (value: unknown) => string> = {
  glob,
  regex,
  raw: (value) => String(value),
  csv: (value) => String(value),
  text: (value) => (Array.isArray(value) ? value.join(' + ') : String(value)),
  pipe: (value) => (Array.isArray(value) ? value.join('|') : String(value)),
  json: (value) => JSON.stringify(value),
};

/** Grafana's template service, as far as a data source can see it. */
export class Variables implements TemplateSrv {
  constructor(private list: Variable[] = []) {}

  set(list: Variable[]) {
    this.list = list;
  }

  getVariables(): TypedVariableModel[] {
    return this.list.map(({ name, value }) => ({
      name,
      type: 'custom',
      current: { value, text: value },
    })) as never;
  }

  containsTemplate(target?: string): boolean {
    return target !== undefined && this.replace(target) !== target;
  }

  updateTimeRange() {}

  getAdhocFilters() {
    return [];
  }

  replace(target = '', scopedVars?: ScopedVars, format?: string | Function): string {
    return target.replace(reference, (match, plain, square, squareFormat, curly, _path, curlyFormat) => {
      const name: string = plain ?? square ?? curly;
      const scoped = scopedVars?.[name];
      const known = this.list.find((each) => each.name === name);
      const value = scoped ? scoped.value : known && this.valueOf(known);
      if (value === undefined || value === null) {
        return match;
      }
      const wanted = squareFormat ?? curlyFormat ?? format;
      if (typeof wanted === 'function') {
        return (wanted as Formatter)(
          value,
          { name, type: 'custom', multi: Array.isArray(known?.value) },
          glob
        );
      }
      return (formats[wanted ?? 'glob'] ?? glob)(value);
    });
  }

  private valueOf({ value, options, allValue }: Variable): unknown {
    const isAll = (Array.isArray(value) ? value : [value]).includes('$__all');
    return isAll && options ? (allValue ?? options) : value;
  }
}

/** The variables of this page. */
export const variables = new Variables();
