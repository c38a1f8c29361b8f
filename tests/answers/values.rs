//! What a text is as a number, a truth, a level or a time.

use regex::Regex;
use std::sync::LazyLock;

static NUM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\A[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\z").unwrap()
});

/// A finite number, written as NUM.
pub fn number(text: &str) -> Option<f64> {
    let is_number = NUM.is_match(text);
    let read = text.parse::<f64>().ok().filter(|number| number.is_finite());
    read.filter(|_| is_number)
}

/// A truth value: true, false, 1, 0 in any case.
pub fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The order of two numbers: of whole ones by their digits, of others as floats.
pub fn compared(one: &str, other: &str) -> Option<std::cmp::Ordering> {
    let whole = |text: &str| {
        let text = text.split_once('.').map_or(text, |(whole, fraction)| {
            if fraction.bytes().all(|digit| digit == b'0') {
                whole
            } else {
                ""
            }
        });
        text.parse::<i128>().ok()
    };
    let (read, bound) = (number(one)?, number(other)?);
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => read.partial_cmp(&bound),
    }
}

/// The canonical levels, from the most severe down, each with words that common writers have.
pub const LEVELS: [(&str, &[&str]); 6] = [
    (
        "critical",
        &[
            "critical",
            "fatal",
            "crit",
            "emerg",
            "alert",
            "panic",
            "60",
            "dpanic",
            "ftl",
            "f",
            "fatal2",
            "emergency",
            "21",
            "60.0",
        ],
    ),
    (
        "error",
        &[
            "error", "err", "eror", "50", "severe", "e", "error2", "error4", "17", "50.0", "50.",
        ],
    ),
    (
        "warning",
        &["warning", "warn", "40", "wrn", "w", "warn3", "13"],
    ),
    (
        "info",
        &[
            "info",
            "information",
            "notice",
            "30",
            "inf",
            "i",
            "success",
            "9",
            "30.00",
        ],
    ),
    ("debug", &["debug", "20", "dbg", "d", "fine", "debug4"]),
    ("trace", &["trace", "verbose", "10", "trc", "vrb", "finest"]),
];

/// The canonical level of a word, or of none: colours of a terminal are no part of it.
pub fn level(text: Option<&str>) -> &'static str {
    static COLOUR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(\x1b|#033)?\[[0-9;]*[mK]").unwrap());
    let word = COLOUR.replace_all(text.unwrap_or_default(), " ");
    let word = word.trim().to_lowercase();
    let found = LEVELS
        .iter()
        .find(|(_, words)| words.contains(&word.as_str()));
    found.map_or("unknown", |(name, _)| name)
}

/// How severe a canonical level is; `unknown` has no place in the order.
pub fn severity(level: &str) -> Option<usize> {
    let place = LEVELS.iter().position(|(name, _)| *name == level);
    place.map(|place| LEVELS.len() - place)
}

/// Nanoseconds since 1970: RFC 3339, a date and time of day in UTC, or a number by the length of its whole
/// part.
pub fn time(text: &str) -> Option<i64> {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        let shape = r"\A(\d{4}-\d\d-\d\d)[ Tt](\d\d:\d\d:\d\d(?:[.,]\d+)?)([Zz]|[+-]\d\d:\d\d)?\z";
        Regex::new(shape).unwrap()
    });
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let scale = match text.len() {
            10 => 1_000_000_000,
            13 => 1_000_000,
            16 => 1_000,
            19 => 1,
            _ => return None,
        };
        return text.parse::<i64>().ok()?.checked_mul(scale);
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && let Some(base) = time(whole).filter(|_| !whole.contains('-'))
    {
        // Of every scale, what is left behind the point in nanoseconds.
        let unit = 10_u64.pow(19 - u32::try_from(whole.len()).ok()?);
        let parts = fraction.bytes().map(|digit| u64::from(digit - b'0'));
        let mut scale = unit;
        let mut rest = 0;
        for digit in parts {
            scale /= 10;
            rest += digit * scale;
        }
        return base.checked_add(i64::try_from(rest).ok()?);
    }
    let parts = SHAPE.captures(text)?;
    let zone = parts.get(3).map_or("Z", |zone| zone.as_str());
    let clock = parts[2].replace(',', ".");
    let whole = format!("{}T{clock}{zone}", &parts[1]);
    let instant: jiff::Timestamp = whole.parse().ok()?;
    i64::try_from(instant.as_nanosecond()).ok()
}

#[test]
fn texts_read_as_the_contract_says() {
    for (text, read) in [("1e2", Some(100.0)), (".5", Some(0.5)), ("5.", Some(5.0))] {
        assert_eq!(number(text), read, "{text}");
    }
    for text in [
        "", "abc", "NaN", "inf", "Infinity", "1_0", "1e999", "0x1", " 1", "1\n",
    ] {
        assert_eq!(number(text), None, "{text:?}");
    }
    assert_eq!(level(Some(" Fatal ")), "critical");
    assert_eq!(level(Some("odd")), "unknown");
    assert_eq!(level(None), "unknown");
    assert!(severity("critical") > severity("trace") && severity("unknown").is_none());
    assert_eq!(time("1970-01-01 00:00:01.5"), Some(1_500_000_000));
    assert_eq!(time("1970-01-01T01:00:01+01:00"), Some(1_000_000_000));
    assert_eq!(time("1700000000123"), Some(1_700_000_000_123_000_000));
    assert_eq!(time("1700000000.25"), Some(1_700_000_000_250_000_000));
    assert_eq!(time("1700000000123.5"), Some(1_700_000_000_123_500_000));
    assert_eq!(time("1970-01-01 00:00:01,5"), Some(1_500_000_000));
    assert_eq!(time("yesterday"), None);
    assert_eq!(level(Some("\u{1b}[31mERROR\u{1b}[0m")), "error");
    assert!(
        compared("1234567890123456781", "1234567890123456782")
            .unwrap()
            .is_lt()
    );
    assert!(compared("2e2", "200").unwrap().is_eq());
}
