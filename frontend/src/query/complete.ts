/** Where the cursor stands in LogQL that somebody writes, and so what may be written next. */

export type Situation =
  | { kind: 'label' }
  | { kind: 'value'; field: string; quote: boolean }
  | { kind: 'stage' }
  | { kind: 'field' }
  | { kind: 'none' };

const NAME_BEFORE = /([A-Za-z_]\w*)\s*(?:=~|!~|==|!=|>=|<=|=|>|<)\s*$/;

/** Reads the text before the cursor. */
export function situation(before: string): Situation {
  const { quote, depth, since } = walk(before);
  if (quote !== undefined) {
    const named = NAME_BEFORE.exec(before.slice(0, quote));
    const isStream = depth > 0;
    // A quoted text is a value only where a name stands before it; else it is a line filter's.
    const isFilter = isStream || /\|[^|`"]*$/.test(before.slice(0, quote));
    return named && isFilter ? { kind: 'value', field: named[1]!, quote: false } : { kind: 'none' };
  }
  if (depth > 0) {
    return /[{,]\s*\w*$/.test(before.slice(since)) ? { kind: 'label' } : valueOrNone(before);
  }
  if (/\|\s*[A-Za-z]*$/.test(before) && !/\|[=~]\s*$/.test(before)) {
    return { kind: 'stage' };
  }
  if (/\b(by|without|unwrap|or|and)\s*\(?[\w\s,]*$/.test(before)) {
    return { kind: 'field' };
  }
  return /\|[^|]*$/.test(before) ? valueOrNone(before) : { kind: 'none' };
}

function valueOrNone(before: string): Situation {
  const named = NAME_BEFORE.exec(before);
  return named ? { kind: 'value', field: named[1]!, quote: true } : { kind: 'none' };
}

/** Finds the quote that is open, how many braces are, and where the innermost one stands. */
function walk(text: string): { quote: number | undefined; depth: number; since: number } {
  let quote: number | undefined;
  let depth = 0;
  let since = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quote !== undefined) {
      if (sign === '\\' && text[quote] === '"') {
        at += 1;
      } else if (sign === text[quote]) {
        quote = undefined;
      }
    } else if (sign === '"' || sign === '`') {
      quote = at;
    } else if (sign === '{') {
      depth += 1;
      since = at;
    } else if (sign === '}') {
      depth = Math.max(0, depth - 1);
    }
  }
  return { quote, depth, since };
}

/** The stages of a pipeline that people write. */
export const STAGES = [
  'json',
  'logfmt',
  'regexp',
  'pattern',
  'unpack',
  'line_format',
  'label_format',
  'drop',
  'keep',
  'unwrap',
];
