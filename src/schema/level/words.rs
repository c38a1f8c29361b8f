//! The words that writers of logs use for their levels, and what stands around such a word.

use super::Level;
use crate::schema::{Field, Source};

/// What may stand around a word (RE2): blanks, and colours of a terminal, whose escape character some
/// collectors write as `#033` or lose.
pub const AROUND: &str = r"(?:\s|(?:\x1b|#033)?\[[0-9;]*[mK])*";

/// The same between the quotes of TSKV, where Python escapes all but the space.
pub const AROUND_ESCAPED: &str = r"(?:\s|\\[tnr]|\\x0c|(?:\x1b|\\x1b|#033)?\[[0-9;]*[mK])*";

/// The words of Python's logging, zap, zerolog, Serilog, klog and glog, log4j, java.util.logging, OpenTelemetry, loguru, syslog, .NET,
/// `PostgreSQL`, npm and pino, which alone counts in tens. OpenTelemetry's numbers are here as far as
/// nobody else's are the same.
pub(super) const WORDS: [(Level, &[&str]); 6] = [
    (
        Level::Critical,
        &[
            "critical",
            "crit",
            "c",
            "fatal",
            "fatl",
            "ftl",
            "fa",
            "f",
            "fatal2",
            "fatal3",
            "fatal4",
            "panic",
            "dpanic",
            "pnc",
            "emergency",
            "emerg",
            "alert",
            "60",
            "21",
            "22",
            "23",
            "24",
        ],
    ),
    (
        Level::Error,
        &[
            "error", "eror", "err", "er", "e", "error2", "error3", "error4", "severe", "fail",
            "50", "17", "18", "19",
        ],
    ),
    (
        Level::Warning,
        &[
            "warning", "warn", "wrn", "wn", "w", "warn2", "warn3", "warn4", "40", "13", "14", "15",
            "16",
        ],
    ),
    (
        Level::Info,
        &[
            "information",
            "informational",
            "info",
            "inf",
            "in",
            "i",
            "info2",
            "info3",
            "info4",
            "notice",
            "note",
            "success",
            "log",
            "30",
            "9",
            "11",
            "12",
        ],
    ),
    (
        Level::Debug,
        &[
            "debug", "dbug", "dbg", "de", "d", "debug1", "debug2", "debug3", "debug4", "debug5",
            "config", "fine", "20",
        ],
    ),
    (
        Level::Trace,
        &[
            "trace", "trce", "trc", "t", "trace2", "trace3", "trace4", "verbose", "verb", "vrb",
            "vb", "v", "finer", "finest", "silly", "10",
        ],
    ),
];

/// The numbers of RFC 5424, from 0 on.
const SYSLOG: [Level; 8] = [
    Level::Critical,
    Level::Critical,
    Level::Critical,
    Level::Error,
    Level::Warning,
    Level::Info,
    Level::Info,
    Level::Debug,
];

/// The ranges of OpenTelemetry's severity numbers, four each from 1 on.
const SEVERITIES: [Level; 6] = [
    Level::Trace,
    Level::Debug,
    Level::Info,
    Level::Warning,
    Level::Error,
    Level::Critical,
];

/// Returns what numbers mean in a level whose keys say whose numbers they are: `severity_number` has
/// OpenTelemetry's, `PRIORITY` and `syslog_severity` those of syslog.
pub(super) fn numbers_of(field: &Field) -> Vec<(String, Level)> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    let names = field.sources.iter().map(|source| match source {
        Source::Label(name) | Source::Metadata(name) => plain(name),
        Source::Line(path) => plain(&path.0.concat()),
    });
    let names: Vec<String> = names.collect();
    let has = |is: fn(&str) -> bool| names.iter().any(|name| is(name));
    if has(|name| name.ends_with("severitynumber")) {
        let levels = SEVERITIES.iter().flat_map(|level| [*level; 4]);
        return (1..).map(|n: u8| n.to_string()).zip(levels).collect();
    }
    if has(|name| name == "priority" || name.contains("syslog")) {
        return (0..).map(|n: u8| n.to_string()).zip(SYSLOG).collect();
    }
    Vec::new()
}

/// Returns the word without what may stand around it, as [`AROUND`] says.
pub(super) fn bare(text: &str) -> &str {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(is_blank);
        match without_colour(trimmed) {
            Some(behind) => rest = behind,
            None => {
                rest = trimmed;
                break;
            }
        }
    }
    loop {
        let trimmed = rest.trim_end_matches(is_blank);
        match trimmed.rfind('[') {
            Some(at) if without_colour(trimmed.get(at..).unwrap_or_default()) == Some("") => {
                let before = trimmed.get(..at).unwrap_or_default();
                let escape = before
                    .strip_suffix(['\x1b'])
                    .or(before.strip_suffix("#033"));
                rest = escape.unwrap_or(before);
            }
            _ => return trimmed,
        }
    }
}

/// Blanks are those of RE2's `\s`.
fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace()
}

/// Returns what follows a colour at the start of the text.
fn without_colour(text: &str) -> Option<&str> {
    let escape = text.strip_prefix('\x1b').or(text.strip_prefix("#033"));
    let codes = escape.unwrap_or(text).strip_prefix('[')?;
    let end = codes.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    end.strip_prefix(['m', 'K'])
}

/// Returns the number without a fraction of nothing: `50.0` is 50.
pub(super) fn whole(word: &str) -> &str {
    match word.split_once('.') {
        Some((number, fraction))
            if is_number(number) && fraction.bytes().all(|digit| digit == b'0') =>
        {
            number
        }
        _ => word,
    }
}

/// Says whether a word is a whole number.
pub fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    proptest! {
        #[test]
        fn what_stands_around_is_what_the_expression_says(
            text in "( |\t|\x1b|#033|\\[|[0-9]|;|m|K|error|\u{e9}){0,9}",
        ) {
            let expression = Regex::new(&format!("^{AROUND}(error|m){AROUND}$")).unwrap();
            let by_expression = expression.is_match(&text);
            let word = bare(&text);
            prop_assert_eq!(word == "error" || word == "m", by_expression, "{:?} of {:?}", word, text);
        }
    }
}
