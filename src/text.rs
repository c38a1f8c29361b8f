//! The one gate for texts of others that people are shown: Loki's words, what stands in lines, names.
//!
//! Such a text may hold what obeys nobody who reads it: control characters move a terminal's cursor and fake
//! log lines, bidirectional ones turn a sentence round, markup becomes links where Grafana draws HTML, and
//! three megabytes of anything fill a screen. What is data (lines, fields, labels) stays as it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The most characters of an error or a notice; Loki's longest explanations are far below.
pub const MESSAGE: usize = 4000;

/// Says whether a character is none that is seen: control characters but line feed and tab, those that set
/// the direction of what follows, and Unicode's own ends of lines.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => true,
        c => c.is_control(),
    }
}

/// Returns the text with hidden characters as `\u001b`: seen, and in JSON still the same.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Returns an error or a notice as it is shown: hidden characters are seen, and what is long is cut.
pub fn message(text: &str) -> String {
    cut(&visible(text), MESSAGE)
}

/// Returns the text without hidden characters, at most `most` characters of it.
pub fn plain(text: &str, most: usize) -> String {
    let seen: String = text
        .chars()
        .filter(|c| !is_hidden(*c))
        .take(most + 1)
        .collect();
    cut(&seen, most)
}

/// Returns the text on one line, at most `most` characters of it.
pub fn one_line(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    let words = text.split(|c: char| c.is_whitespace() || is_hidden(c));
    for word in words.filter(|word| !word.is_empty()) {
        let gap = usize::from(!shown.is_empty());
        if gap == 1 && count < most {
            shown.push(' ');
        }
        count += gap;
        for c in word.chars() {
            if count >= most {
                shown.push('…');
                return shown;
            }
            shown.push(c);
            count += 1;
        }
    }
    shown
}

/// Returns the text for a place that is drawn as HTML: it reads there as it reads here.
pub fn html(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            c => written.push(c),
        }
    }
    written
}

/// Cuts behind so many characters, and says so by `…`.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A text that colours, rings, turns round and ends a line in three ways.
    const HOSTILE: &str = "a\u{1b}[31mb\u{7}\u{9b}2Jc\u{202e}d\u{2066}e\u{2028}f\r\ng\th\u{feff}";

    #[test]
    fn what_is_not_seen_is_made_seen_or_left_out() {
        assert_eq!(
            visible(HOSTILE),
            "a\\u001b[31mb\\u0007\\u009b2Jc\\u202ed\\u2066e\\u2028f\\u000d\ng\th\\ufeff"
        );
        assert_eq!(plain(HOSTILE, 99), "a[31mb2Jcdef\ng\th");
        assert_eq!(one_line(HOSTILE, 99), "a [31mb 2Jc d e f g h");
        assert_eq!(visible("订单 é 😀 שלום"), "订单 é 😀 שלום");
    }

    #[test]
    fn what_is_long_is_cut() {
        let long = "ä".repeat(3_000_000);
        assert_eq!(message(&long), "ä".repeat(MESSAGE) + "…");
        assert_eq!(plain(&long, 3), "äää…");
        assert_eq!(plain("äää", 3), "äää");
        assert_eq!(one_line(&long, 3), "äää…");
        assert_eq!(message("short"), "short");
    }

    #[test]
    fn markup_is_text() {
        let link = r#"<a href="//evil" onclick='x()'>&amp;</a>"#;
        let written = "&lt;a href=&quot;//evil&quot; onclick=&#39;x()&#39;&gt;&amp;amp;&lt;/a&gt;";
        assert_eq!(html(link), written);
    }

    proptest! {
        #[test]
        fn nothing_hidden_comes_through(text in any::<String>(), most in 0usize..40) {
            for shown in [visible(&text).into_owned(), message(&text), plain(&text, most), one_line(&text, most)] {
                prop_assert!(!shown.contains(is_hidden), "{shown:?}");
            }
            prop_assert!(plain(&text, most).chars().count() <= most + 1);
            prop_assert!(one_line(&text, most).chars().count() <= most + 1);
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
        }

        #[test]
        fn json_stays_the_same(text in any::<String>()) {
            let json = serde_json::Value::from(text).to_string();
            let read: Result<serde_json::Value, _> = serde_json::from_str(&visible(&json));
            prop_assert_eq!(read.ok(), serde_json::from_str(&json).ok());
        }
    }
}
