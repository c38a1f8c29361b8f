/**
 * Dashboard variables in LogQL that a person wrote: each value is escaped for the place where it stands.
 * Nothing else of the text is touched, and no LogQL is made here.
 */
import { alternatives } from './escape';
import { Piece, Variables } from './variables';

type Place = { quote: '"' | '`' | undefined; regex: boolean };

/** *All* of more values than this is "any value", as a list would be longer than Loki takes. */
const MOST_ALTERNATIVES = 200;

/** Replaces the variables of a LogQL text. */
export function interpolateLogql(text: string, variables: Variables): string {
  let written = '';
  let place: Place = { quote: undefined, regex: false };
  for (const piece of variables.pieces(text)) {
    if (!piece.values) {
      place = walk(piece.text, place);
    }
    written += piece.values ? value(piece, place) : piece.text;
  }
  return written;
}

function value(piece: Piece, place: Place): string {
  const values = piece.values ?? [];
  if (place.quote === undefined) {
    return values.join(',');
  }
  let text = values.length === 1 ? values[0]! : values.join('|');
  if (place.regex && !piece.typed) {
    text = piece.all && values.length > MOST_ALTERNATIVES ? '.+' : alternatives(values);
  }
  if (place.quote === '`') {
    // Raw strings have no escapes: a backtick cannot stand in one.
    return text.replace(/`/g, place.regex ? '\\x60' : '');
  }
  return text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
}

/** Follows a text: whether its end is inside quotes, and whether those hold a regular expression. */
function walk(text: string, start: Place): Place {
  let place = start;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (place.quote !== undefined) {
      if (sign === '\\' && place.quote === '"') {
        at += 1;
      } else if (sign === place.quote) {
        place = { quote: undefined, regex: false };
      }
    } else if (sign === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (sign === '"' || sign === '`') {
      place = { quote: sign, regex: /(=~|!~|\|~|\bregexp)\s*$/.test(text.slice(0, at)) };
    }
  }
  return place;
}
