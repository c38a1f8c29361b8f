//! Search in the line's raw text.

use std::fmt::Write as _;

use crate::logql::{LineOp, Stage, quote};
use crate::query::{Search, SearchOperator};
use crate::schema::fold;

/// Returns the line filters of a search; they come first in the pipeline, where they are fastest.
pub fn stages(search: &Search) -> Vec<Stage> {
    let spellings = || spellings(&search.text);
    match (search.operator, search.case_sensitive) {
        (SearchOperator::Contains, true) => vec![Stage::Line(LineOp::Contains, spellings())],
        (SearchOperator::Contains, false) => {
            let narrows = has_case(&search.text).then(|| beginnings(&search.text));
            let expressions = narrows.into_iter().chain([any_case(&search.text)]);
            expressions
                .map(|expression| Stage::Line(LineOp::Matches, vec![expression]))
                .collect()
        }
        (SearchOperator::NotContains, true) => spellings()
            .into_iter()
            .map(|text| Stage::Line(LineOp::NotContains, vec![text]))
            .collect(),
        (SearchOperator::NotContains, false) => {
            vec![Stage::Line(
                LineOp::NotMatches,
                vec![any_case(&search.text)],
            )]
        }
        (SearchOperator::Matches, _) => {
            vec![Stage::Line(LineOp::Matches, vec![expression(search)])]
        }
        (SearchOperator::NotMatches, _) => {
            vec![Stage::Line(LineOp::NotMatches, vec![expression(search)])]
        }
    }
}

/// Returns the users' regular expressions among the searches, each with its key.
pub fn regexes(searches: &[Search]) -> impl Iterator<Item = (String, &str)> {
    searches.iter().enumerate().filter_map(|(i, search)| {
        let regex = matches!(
            search.operator,
            SearchOperator::Matches | SearchOperator::NotMatches
        );
        regex.then(|| (format!("search[{i}].text"), search.text.as_str()))
    })
}

/// Returns what the logs panel highlights: expressions in Grafana's form, `(?i)` in front.
pub fn highlights(searches: &[Search]) -> Vec<String> {
    let word = |search: &Search| {
        let flag = if search.case_sensitive { "" } else { "(?i)" };
        match search.operator {
            SearchOperator::Contains => {
                Some(format!("{flag}{}", quote::regex_literal(&search.text)))
            }
            SearchOperator::Matches => Some(format!("{flag}{}", search.text)),
            SearchOperator::NotContains | SearchOperator::NotMatches => None,
        }
    };
    searches.iter().filter_map(word).collect()
}

/// Matches nothing more, behind an expression. Loki takes an expression apart into searches for texts where
/// it can (`RegexSimplifier` in `pkg/logql/log/filter.go`), which is fast, and wrong in two ways: in any
/// case it looks for a letter's first byte as the small letter has it (`Р` is D0 A0, `р` is D1 80), and
/// among alternatives it forgets the empty one. Where this stands, it does not.
const AS_IT_IS: &str = r"\z?";

fn expression(search: &Search) -> String {
    let folds = !search.case_sensitive || search.text.contains("(?");
    let has_letters = has_case(&search.text) || search.text.contains("\\x");
    let end = if (folds && has_letters) || re2::may_match_empty(&search.text) {
        AS_IT_IS
    } else {
        ""
    };
    let text = quote::regex(&search.text);
    match (search.case_sensitive, end) {
        (false, end) => format!("(?i:{text}){end}"),
        (true, "") => text,
        (true, end) => format!("(?:{text}){end}"),
    }
}

fn any_case(text: &str) -> String {
    let end = if has_case(text) { AS_IT_IS } else { "" };
    let itself = quote::regex_literal(text);
    if text.is_ascii() {
        return format!("(?i:{itself}){end}");
    }
    let escaped: String = text.chars().map(escaped_in_any_case).collect();
    format!("(?i:{itself}|{escaped}){end}")
}

/// Returns an expression, for any case, of a character as Python's `json.dumps` writes it: an escape
/// says nothing of the one for the other case.
fn escaped_in_any_case(c: char) -> String {
    let written = |c: &char| quote::regex_literal(&json_ascii(c.encode_utf8(&mut [0; 4])));
    let mut ways: Vec<String> = if c.is_ascii() {
        vec![written(&c)]
    } else {
        fold::alike(c).iter().map(written).collect()
    };
    match (ways.pop(), ways.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            ways.extend(last);
            format!("(?:{})", ways.join("|"))
        }
    }
}

/// Returns an expression for every line that has a text beyond ASCII in any case, and for others: two of its
/// characters, those that are written in the fewest ways, or one of its escapes. Loki looks for these
/// bytes, which spares most lines the expression itself, and that takes ten times as long.
fn beginnings(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    // The first character changes fastest: beginnings that are alike side by side would become a class.
    let ways = |pair: &[char]| {
        pair.iter().rev().fold(vec![String::new()], |behind, c| {
            let before = |way: &String| {
                fold::alike(*c)
                    .into_iter()
                    .map(move |c| format!("{c}{way}"))
                    .collect::<Vec<_>>()
            };
            behind.iter().flat_map(before).collect()
        })
    };
    let pairs = characters.windows(characters.len().clamp(1, 2)).map(ways);
    let texts = pairs.min_by_key(Vec::len).unwrap_or_default();
    let escaped = characters.iter().find(|c| !c.is_ascii());
    let escaped = escaped.map_or_else(String::new, |c| escaped_in_any_case(*c));
    let texts = quote::regex_one_of(texts.iter().map(String::as_str));
    let escaped = escaped
        .strip_prefix("(?:")
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(&escaped);
    format!("{texts}|(?i:{escaped})")
}

/// Says whether there are letters beyond ASCII that are written large and small.
fn has_case(text: &str) -> bool {
    let differs = |c: char| !c.to_lowercase().eq([c]) || !c.to_uppercase().eq([c]);
    text.chars().any(|c| !c.is_ascii() && differs(c))
}

/// Returns the text, and where it is not plain ASCII also as Python's `json.dumps` writes it.
fn spellings(text: &str) -> Vec<String> {
    let mut spellings = vec![text.to_owned()];
    if !text.is_ascii() {
        spellings.push(json_ascii(text));
    }
    spellings
}

/// Writes the text as the inside of a JSON string in pure ASCII, with surrogate pairs.
fn json_ascii(text: &str) -> String {
    let mut written = String::new();
    for c in text.chars() {
        match c {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            ' '..='~' => written.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(written, "\\u{unit:04x}");
                }
            }
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(operator: SearchOperator, text: &str, case_sensitive: bool) -> String {
        let search = Search {
            operator,
            text: text.to_owned(),
            case_sensitive,
        };
        let stages: Vec<String> = stages(&search).iter().map(Stage::to_string).collect();
        stages.join(" ")
    }

    #[test]
    fn searches_print_as_line_filters() {
        use SearchOperator::{Contains, Matches, NotContains, NotMatches};
        for (operator, text, case_sensitive, expected) in [
            (Contains, "time out", true, r#"|= "time out""#),
            (Contains, "a.b", false, r#"|~ "(?i:a\\.b)""#),
            (NotContains, "x", true, r#"!= "x""#),
            (NotContains, "x", false, r#"!~ "(?i:x)""#),
            (Contains, "订单", true, r#"|= "订单" or "\\u8ba2\\u5355""#),
            (NotContains, "订", true, r#"!= "订" != "\\u8ba2""#),
            (Contains, "😀", true, r#"|= "😀" or "\\ud83d\\ude00""#),
            (Matches, "a|b", false, r#"|~ "(?i:a|b)""#),
            (NotMatches, "a.*b", true, r#"!~ "a.*b""#),
            (
                Contains,
                "订单",
                false,
                r#"|~ "(?i:订单|\\\\u8ba2\\\\u5355)""#,
            ),
            (
                Contains,
                "é",
                false,
                r#"|~ "é|É|(?i:\\\\u00e9|\\\\u00c9)" |~ "(?i:é|(?:\\\\u00e9|\\\\u00c9))\\z?""#,
            ),
            (
                Contains,
                "é组!",
                false,
                r#"|~ "组!|(?i:\\\\u00e9|\\\\u00c9)" |~ "(?i:é组!|(?:\\\\u00e9|\\\\u00c9)\\\\u7ec4!)\\z?""#,
            ),
            (Matches, "é", true, r#"|~ "é""#),
            (Matches, "é", false, r#"|~ "(?i:é)\\z?""#),
            (Matches, "a|", false, r#"|~ "(?i:a|)\\z?""#),
            (NotMatches, "a|", true, r#"!~ "(?:a|)\\z?""#),
        ] {
            assert_eq!(search(operator, text, case_sensitive), expected);
        }
    }
}
