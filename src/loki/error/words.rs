//! Foreign text made fit to be shown: one line, bounded, without markup.

use serde::Deserialize;

pub use crate::text::one_line as bounded;

/// The most characters of a body that is quoted because its shape is wrong.
pub const QUOTE: usize = 200;
/// The most characters of Loki's own explanation; its longest messages list labels.
pub const EXPLANATION: usize = 600;
/// How many bytes of a page are searched for its title.
const PAGE_HEAD: usize = 16 << 10;

/// The first bytes of a body as text, more of them than are shown: a secret that stands across the end of
/// what is shown must be there whole to be found.
pub fn head_of(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..PAGE_HEAD).unwrap_or(body)).into_owned()
}

/// How a body begins, for an error about its shape.
pub fn start_of(body: &[u8]) -> String {
    // A character has at most four bytes; a few more let `bounded` see that something was cut.
    let head = body.get(..QUOTE * 4 + 4).unwrap_or(body);
    bounded(&String::from_utf8_lossy(head), QUOTE)
}

/// What an error body says, fit to be shown: see [`said_by`].
pub fn shown(said: &str) -> String {
    bounded(said, EXPLANATION)
}

/// What an error body says, in full: Loki's plain text, the message inside a JSON object, or the title of
/// a web page; empty when it says nothing.
pub fn said_by(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Message {
        message: Option<String>,
        error: Option<String>,
    }

    if let Some(title) = page_title(body) {
        return title;
    }
    // `format_query` and several gateways put the message into an object.
    if let Ok(
        Message {
            message: Some(text),
            ..
        }
        | Message {
            error: Some(text), ..
        },
    ) = serde_json::from_slice(body)
    {
        return text;
    }
    String::from_utf8_lossy(body).into_owned()
}

/// The title of a web page fit to be shown, or what the page shows first; `None` when the body is no web
/// page.
pub fn html_title(body: &[u8]) -> Option<String> {
    page_title(body).map(|title| bounded(&title, QUOTE))
}

/// The same in full.
fn page_title(body: &[u8]) -> Option<String> {
    let head = body.get(..PAGE_HEAD).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if !text.starts_with('<') {
        return None;
    }
    // ASCII lower case keeps every byte's place, so positions hold in both texts.
    let lower = text.to_ascii_lowercase();
    let between = |open: &str, close: &str| {
        let from = lower.find(open)?;
        let from = from + lower.get(from..)?.find('>')? + 1;
        let to = from + lower.get(from..)?.find(close)?;
        let inner = without_markup(text.get(from..to)?);
        (!inner.trim().is_empty()).then_some(inner)
    };
    let title = between("<title", "</title").or_else(|| between("<h1", "</h1"));
    Some(title.unwrap_or_else(|| without_markup(text)))
}

/// The text outside `<…>`, with the entities that titles use.
fn without_markup(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                plain.push(' ');
            }
            _ if inside => {}
            _ => plain.push(c),
        }
    }
    plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn error_bodies() {
        for (name, body, want) in [
            (
                "plain",
                "parse error at line 1, col 7: x\n",
                "parse error at line 1, col 7: x",
            ),
            ("lines", "a\n\tb\u{1b}[31m\r\nc", "a b [31m c"),
            ("empty", " \n", ""),
            (
                "format_query",
                r#"{"status":"invalid-query","error":"parse error : x"}"#,
                "parse error : x",
            ),
            ("another object", r#"{"err":"x"}"#, r#"{"err":"x"}"#),
            (
                "gateway",
                r#"{"status":"error","error":"no such tenant"}"#,
                "no such tenant",
            ),
            ("message", r#"{"code":401,"message":"denied"}"#, "denied"),
            (
                "page",
                "<html><head><title>502 Bad &amp; Gateway</title></head><body>x</body>",
                "502 Bad & Gateway",
            ),
            (
                "page without title",
                "<!DOCTYPE html>\n<h1>Sign <b>in</b></h1>",
                "Sign in",
            ),
            ("page of nothing", "<html></html>", ""),
            ("markup that never ends", "<title>abc", "abc"),
        ] {
            assert_eq!(shown(&said_by(body.as_bytes())), want, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn any_text_is_bounded(text in any::<Vec<u8>>(), limit in 0usize..40) {
            let shown = bounded(&String::from_utf8_lossy(&text), limit);
            prop_assert!(shown.chars().count() <= limit + 1);
            prop_assert!(!shown.contains(crate::text::is_hidden));
            let _ = (said_by(&text), start_of(&text), html_title(&text));
        }

        #[test]
        fn any_page_has_a_title(text in "<(<|>|/|title|é|TITLE|h1| |a){0,20}") {
            prop_assert!(html_title(text.as_bytes()).is_some());
        }
    }
}
