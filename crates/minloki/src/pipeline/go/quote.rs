//! `strconv.Quote`. Source: <https://pkg.go.dev/strconv#Quote>.

use std::fmt::Write;

/// Puts a text between double quotes, as Go shows it in its messages.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        push_escaped(&mut out, c, '"');
    }
    out.push('"');
    out
}

/// Adds a character as it stands between `delimiter`s.
pub fn push_escaped(out: &mut String, c: char, delimiter: char) {
    let short = match c {
        '\u{7}' => Some('a'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\u{b}' => Some('v'),
        '\\' => Some('\\'),
        c if c == delimiter => Some(c),
        _ => None,
    };
    if let Some(short) = short {
        out.push('\\');
        out.push(short);
        return;
    }
    // Rust's debug format escapes what is not printable; it leaves a blank in place for ASCII alone.
    let is_printable = c == ' ' || (!c.is_control() && !c.is_whitespace() && !is_debug_escaped(c));
    let code = u32::from(c);
    let written = if is_printable {
        out.push(c);
        Ok(())
    } else if code < 0x80 {
        write!(out, "\\x{code:02x}")
    } else if code < 0x1_0000 {
        write!(out, "\\u{code:04x}")
    } else {
        write!(out, "\\U{code:08x}")
    };
    debug_assert!(written.is_ok(), "a String takes everything");
}

fn is_debug_escaped(c: char) -> bool {
    c.escape_debug().count() > 1 && c != '"' && c != '\'' && c != '\\'
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_as_go_does() {
        for (text, quoted) in [
            ("abc", r#""abc""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("1\n2\t", r#""1\n2\t""#),
            ("\u{1b}[0m", r#""\x1b[0m""#),
            ("é订\u{a0}", r#""é订\u00a0""#),
            ("😀\u{feff}", r#""😀\ufeff""#),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }
}
