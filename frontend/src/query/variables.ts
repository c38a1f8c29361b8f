/** Dashboard variables as lists of values, whatever Grafana would paste them as. */
import { ScopedVars, TypedVariableModel } from '@grafana/data';

/** What is needed of Grafana's template service. */
export interface Templates {
  replace(target?: string, scopedVars?: ScopedVars, format?: string | Function): string;
  getVariables(): TypedVariableModel[];
}

/** Grafana's own word for *All*. */
const ALL = '$__all';
/** The most texts that one text with variables in it becomes. */
const MOST_TEXTS = 10_000;

/** Grafana's notations: `$name`, `[[name:format]]`, `${name.path:format}`. */
const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\${(\w+)(?:\.([^:^}]+))?(?::([^}]+))?}/g;

/** Macros are replaced in the backend, which alerts and public dashboards reach too. */
export const MACROS = [
  '__interval',
  '__interval_ms',
  '__range',
  '__range_s',
  '__range_ms',
  '__auto',
  '__rate_interval',
];

/** A piece of a text: plain, or a variable with its values. */
export interface Piece {
  text: string;
  values?: string[];
  /** Whether it is a variable that stands on *All*. */
  all?: boolean;
  /** Whether its values are people's own regular expressions: a text box or a constant. */
  typed?: boolean;
}

/** Reads variables, for one run of a query. */
export class Variables {
  private readonly scoped: ScopedVars;
  private readonly byName: Map<string, TypedVariableModel>;

  constructor(
    private readonly templates: Templates,
    scopedVars: ScopedVars = {}
  ) {
    this.scoped = { ...scopedVars };
    for (const name of MACROS) {
      this.scoped[name] = { text: `$${name}`, value: `$${name}` };
    }
    this.byName = new Map(templates.getVariables().map((variable) => [variable.name, variable]));
  }

  /** Splits a text into plain pieces and variables. */
  pieces(text: string): Piece[] {
    const pieces: Piece[] = [];
    let end = 0;
    for (const match of text.matchAll(REFERENCE)) {
      const variable = this.variable(match);
      if (!variable) {
        continue;
      }
      if (match.index > end) {
        pieces.push({ text: text.slice(end, match.index) });
      }
      pieces.push(variable);
      end = match.index + match[0].length;
    }
    if (end < text.length) {
      pieces.push({ text: text.slice(end) });
    }
    return pieces;
  }

  /** Replaces variables in a text that is one text whatever they hold: several are joined by commas. */
  text(text: string): string {
    return this.pieces(text)
      .map((piece) => piece.values?.join(',') ?? piece.text)
      .join('');
  }

  /** Replaces variables in a text that may become several, one for each value; `all` when it is *All*. */
  texts(text: string): { texts: string[]; all: boolean; typed: boolean } {
    const pieces = this.pieces(text);
    const only = pieces.length === 1 ? pieces[0] : undefined;
    let texts = [''];
    for (const piece of pieces) {
      // A variable without a value stays as it is written: it finds nothing, and not everything.
      const values = piece.values?.filter((value) => value !== '') ?? [];
      const next = values.length > 0 ? values : [piece.text];
      texts = texts.flatMap((start) => next.map((value) => start + value)).slice(0, MOST_TEXTS);
    }
    const variables = pieces.filter((piece) => piece.values);
    return {
      texts,
      all: only?.all === true,
      typed: variables.length === 0 || variables.some((piece) => piece.typed),
    };
  }

  private variable(match: RegExpMatchArray): Piece | undefined {
    const name = match[1] ?? match[2] ?? match[4] ?? '';
    const hasFormat = (match[3] ?? match[6]) !== undefined;
    if (MACROS.includes(name)) {
      return undefined;
    }
    let values: string[] | undefined;
    const pasted = this.templates.replace(match[0], this.scoped, (value: unknown) => {
      values = asTexts(value);
      return '';
    });
    const own = values === undefined;
    if (own) {
      // Nobody knows it, or its own format (or value for All) decided: then Grafana's text counts.
      if (pasted === match[0]) {
        return undefined;
      }
      values = [pasted];
    }
    const model = this.byName.get(name);
    const scoped = this.scoped[name];
    return {
      text: match[0],
      values,
      all: !hasFormat && (scoped ? isAll(scoped.value) : isAll(currentOf(model))),
      typed: own || model?.type === 'textbox' || model?.type === 'constant',
    };
  }
}

function currentOf(model: TypedVariableModel | undefined): unknown {
  const current = (model as { current?: { value?: unknown } } | undefined)?.current;
  return current?.value;
}

function isAll(value: unknown): boolean {
  return value === ALL || (Array.isArray(value) && value.includes(ALL));
}

function asTexts(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((entry) => entry !== undefined && entry !== null).map((entry) => `${entry}`);
}
