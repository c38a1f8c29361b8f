/** Escaping of values for regular expressions, by RE2's rules. */

/** Writes a text so that a regular expression takes it literally. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Writes an expression that matches exactly these texts. */
export function alternatives(texts: string[]): string {
  const escaped = texts.map(escapeRegex);
  return escaped.length === 1 ? escaped[0]! : `(?:${escaped.join('|')})`;
}
