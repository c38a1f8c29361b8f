//! Python's `repr` of a string, as structlog's `KeyValueRenderer` writes it.

use std::fmt::Write;

/// Writes a text as Python's `repr` does.
///
/// Single quotes, unless the text has a single quote and no double quote. The same characters are
/// escaped as in Python 3: `\\`, `\n`, `\r`, `\t`, the quote in use, and whatever is not printable
/// (`\x..`, `\u....`, `\U........`): `can't` becomes `"can't"`.
pub fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        push(&mut out, c, quote);
    }
    out.push(quote);
    out
}

/// Writes one character between the quotes.
fn push(out: &mut String, c: char, quote: char) {
    match c {
        '\\' => out.push_str(r"\\"),
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        '\t' => out.push_str(r"\t"),
        _ if c == quote => {
            out.push('\\');
            out.push(c);
        }
        _ if is_printable(c) => out.push(c),
        _ => {
            let code = u32::from(c);
            // Writing into a string cannot fail.
            let _ = match code {
                0..=0xff => write!(out, "\\x{code:02x}"),
                0x100..=0xffff => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
        }
    }
}

/// Python's `str.isprintable` of one character.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    // Rust's own debug escape leaves the same categories alone (all but Cc, Cf, Cs, Co, Cn, Zl, Zp
    // and Zs). It also escapes a combining mark, but only at the start of a string: hence the `a`.
    let mut bytes = [b'a', 0, 0, 0, 0];
    let Some((_, rest)) = bytes.split_first_mut() else {
        return false;
    };
    let length = 1 + c.encode_utf8(rest).len();
    let text = bytes.get(..length).map(std::str::from_utf8);
    matches!(text, Some(Ok(text)) if text.escape_debug().count() == 2)
}

#[cfg(test)]
mod tests {
    use super::repr;

    /// Each expectation was printed by Python 3's own `repr`.
    #[test]
    fn agrees_with_python() {
        let cases = [
            ("", "''"),
            ("plain", "'plain'"),
            ("can't connect", "\"can't connect\""),
            ("say \"hi\"", "'say \"hi\"'"),
            ("it's \"odd\"", "'it\\'s \"odd\"'"),
            ("a\nb\tc\rd", "'a\\nb\\tc\\rd'"),
            ("C:\\temp\\", "'C:\\\\temp\\\\'"),
            ("\u{1b}[31mred\u{1b}[0m", "'\\x1b[31mred\\x1b[0m'"),
            ("nul\0 del\u{7f}", "'nul\\x00 del\\x7f'"),
            ("nbsp\u{a0}.", "'nbsp\\xa0.'"),
            ("soft\u{ad}hyphen", "'soft\\xadhyphen'"),
            ("订单 42 ✓", "'订单 42 ✓'"),
            ("🚀", "'🚀'"),
            ("zero\u{200b}width", "'zero\\u200bwidth'"),
            ("bom\u{feff}", "'bom\\ufeff'"),
            ("line\u{2028}sep", "'line\\u2028sep'"),
            ("ideographic\u{3000}space", "'ideographic\\u3000space'"),
            ("tag\u{e0001}", "'tag\\U000e0001'"),
            ("e\u{301}", "'e\u{301}'"),
            ("\u{301}", "'\u{301}'"),
            ("private\u{e000}", "'private\\ue000'"),
            ("replaced\u{fffd}", "'replaced\u{fffd}'"),
            ("None", "'None'"),
        ];
        for (text, expected) in cases {
            assert_eq!(repr(text), expected, "{text:?}");
        }
    }
}
