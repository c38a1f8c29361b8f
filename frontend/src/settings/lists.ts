/** Places and keys of a field as text: `label, line:a.b`; a key may itself hold commas, inside brackets. */

/** Writes a text or several as one. */
export function asText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

/** Reads a text as one or several; empty is nothing. */
export function fromText(text: string): string | string[] | undefined {
  const parts = split(text)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length > 1 ? parts : parts[0];
}

function split(text: string): string[] {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]!;
    if (sign === '\\' && quoted) {
      parts[parts.length - 1] += sign + (text[at + 1] ?? '');
      at += 1;
      continue;
    }
    quoted = sign === '"' ? !quoted : quoted;
    if (!quoted) {
      depth += sign === '[' ? 1 : sign === ']' ? -1 : 0;
    }
    if (sign === ',' && depth <= 0 && !quoted) {
      parts.push('');
    } else {
      parts[parts.length - 1] += sign;
    }
  }
  return parts;
}
