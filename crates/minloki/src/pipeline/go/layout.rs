//! Layouts of times: `2006-01-02T15:04:05.000Z07:00`.

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// What a layout shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumericMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset {
        z: bool,
        colons: bool,
        /// Hours, minutes, seconds.
        parts: usize,
    },
    Fraction {
        digits: usize,
        separator: char,
        trims: bool,
    },
}

/// Longer ones before those that they begin with.
const ELEMENTS: &[(&str, Element)] = &[
    ("January", Element::LongMonth),
    ("Monday", Element::LongWeekday),
    ("MST", Element::ZoneName),
    ("002", Element::ZeroYearDay),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("15", Element::Hour),
    ("1", Element::NumericMonth),
    ("2006", Element::LongYear),
    ("2", Element::Day),
    ("__2", Element::UnderYearDay),
    ("_2", Element::UnderDay),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
    ("PM", Element::UpperPm),
    ("pm", Element::LowerPm),
    ("-070000", offset(false, false, 3)),
    ("-07:00:00", offset(false, true, 3)),
    ("-0700", offset(false, false, 2)),
    ("-07:00", offset(false, true, 2)),
    ("-07", offset(false, false, 1)),
    ("Z070000", offset(true, false, 3)),
    ("Z07:00:00", offset(true, true, 3)),
    ("Z0700", offset(true, false, 2)),
    ("Z07:00", offset(true, true, 2)),
    ("Z07", offset(true, false, 1)),
];

const fn offset(z: bool, colons: bool, parts: usize) -> Element {
    Element::Offset { z, colons, parts }
}

/// Splits a layout into the text before its next element, the element, and what follows.
pub(super) fn next_element(layout: &str) -> (&str, Option<Element>, &str) {
    for (at, _) in layout.char_indices() {
        let (before, rest) = layout.split_at_checked(at).unwrap_or((layout, ""));
        if rest.starts_with("_2006") {
            let (before, rest) = layout.split_at_checked(at + 1).unwrap_or((before, rest));
            return (
                before,
                Some(Element::LongYear),
                rest.get(4..).unwrap_or_default(),
            );
        }
        if let Some((element, length)) = element_at(rest) {
            return (
                before,
                Some(element),
                rest.get(length..).unwrap_or_default(),
            );
        }
    }
    (layout, None, "")
}

fn element_at(rest: &str) -> Option<(Element, usize)> {
    let found = ELEMENTS.iter().find(|(text, _)| rest.starts_with(text));
    if let Some((text, element)) = found {
        return Some((*element, text.len()));
    }
    let continues = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
    for (text, element) in [("Jan", Element::Month), ("Mon", Element::Weekday)] {
        if rest
            .strip_prefix(text)
            .is_some_and(|behind| !continues(behind))
        {
            return Some((element, text.len()));
        }
    }
    let behind = rest.strip_prefix(['.', ','])?;
    let digit = behind.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let digits = behind.chars().take_while(|c| *c == digit).count();
    if behind
        .chars()
        .nth(digits)
        .is_some_and(|c| c.is_ascii_digit())
    {
        return None;
    }
    let element = Element::Fraction {
        digits,
        separator: rest.chars().next()?,
        trims: digit == '9',
    };
    Some((element, digits + 1))
}

/// Returns the number, from 1, of the month or day that a text begins with, and what follows.
pub(super) fn named<'t>(names: &[&str], text: &'t str, short: bool) -> Option<(i64, &'t str)> {
    names.iter().zip(1..).find_map(|(name, number)| {
        let length = if short { 3 } else { name.len() };
        let (word, rest) = text.split_at_checked(length)?;
        let name = name.get(..length)?;
        word.eq_ignore_ascii_case(name).then_some((number, rest))
    })
}
