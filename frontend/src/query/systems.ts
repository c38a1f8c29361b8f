/** What is known of systems without asking: from the data source's settings, and of the presets. */
import { GinkgoOptions, SystemSetting } from '../types';

/** The presets' names of fields with a role that the front end asks for by itself. */
const PRESET_FIELDS: Record<string, Record<string, string>> = {
  ginkgo: {
    level: 'level',
    trace: 'trace_id',
    portfolio: 'portfolio_id',
    strategy: 'strategy_id',
    run: 'task_id',
  },
  fastapi: { level: 'level', trace: 'trace_id' },
  tskv: { level: 'level', trace: 'trace_id' },
  dynamo: { level: 'level', trace: 'trace_id' },
};

/** The system of a query: its own, else the default, else the first of the settings, else ginkgo. */
export function systemName(name: string | undefined, options: GinkgoOptions): string {
  const first = options.systems?.[0];
  return name || options.defaultSystem || (first && nameOf(first)) || 'ginkgo';
}

/** The name of the field with this role, as far as settings and presets say it. */
export function roleField(system: string, role: string, options: GinkgoOptions): string | undefined {
  const setting = options.systems?.find((candidate) => nameOf(candidate) === system);
  const own = setting?.fields?.find((field) => field.role === role)?.name;
  if (own !== undefined) {
    return own;
  }
  const preset = PRESET_FIELDS[setting ? (setting.preset ?? '') : system]?.[role];
  const moved = setting?.fields?.some((field) => field.name === preset && field.role !== undefined);
  return moved ? undefined : preset;
}

function nameOf(setting: SystemSetting): string {
  return setting.name || setting.preset || '';
}

/** One condition of a stream selector. */
export interface Matcher {
  name: string;
  operator: string;
  value: string;
}

/** Reads the conditions of a selector as the backend writes it: `{job="ginkgo", env=~"p.*"}`. */
export function matchersOf(selector: string): Matcher[] {
  const found = selector.matchAll(/([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, name, operator, value]) => ({
    name: name!,
    operator: operator!,
    value: value!.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign)),
  }));
}

/** Whether a stream with these labels is one of the selector's. */
export function isOf(labels: Record<string, string>, selector: string): boolean {
  return matchersOf(selector).every(({ name, operator, value }) => {
    const has = labels[name] ?? '';
    if (operator === '=' || operator === '!=') {
      return (has === value) === (operator === '=');
    }
    try {
      return new RegExp(`^(?:${value})$`, 's').test(has) === (operator === '=~');
    } catch {
      return false;
    }
  });
}
