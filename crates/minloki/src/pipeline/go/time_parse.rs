//! Reads a time by its layout, as `time.Parse` does.

use jiff::tz::TimeZone;

use super::layout::{DAYS, Element, MONTHS, named, next_element};
use super::time::{ParsedZone, Time, days_of};

/// What stands in a text.
#[derive(Debug, Clone)]
pub(super) struct Parsed {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanoseconds: u32,
    pm: Option<bool>,
    zone: ParsedZone,
}

impl Parsed {
    pub(super) fn resolve(self, local: &TimeZone) -> Option<Time> {
        let hour = match self.pm {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (month, day) = match self.year_day {
            Some(year_day) => {
                let most = if is_leap(self.year) { 366 } else { 365 };
                if !(1..=most).contains(&year_day) {
                    return None;
                }
                (1, year_day)
            }
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        if self.year_day.is_none() {
            let next_month = if month == 12 {
                (self.year + 1, 1)
            } else {
                (self.year, month + 1)
            };
            let length = days_of(next_month.0, next_month.1, 1) - days_of(self.year, month, 1);
            if !(1..=length).contains(&day) {
                return None;
            }
        }
        let fields = [self.year, month, day, hour, self.minute, self.second];
        let time = Time::of_civil(fields, self.nanoseconds, self.zone, local);
        Some(time)
    }
}

/// Reads a text.
pub(super) fn parse(layout: &str, text: &str) -> Option<Parsed> {
    let mut parsed = Parsed {
        year: 0,
        month: None,
        day: None,
        year_day: None,
        hour: 0,
        minute: 0,
        second: 0,
        nanoseconds: 0,
        pm: None,
        zone: ParsedZone::None,
    };
    let mut layout = layout;
    let mut text = text;
    while !layout.is_empty() {
        let (before, element, behind) = next_element(layout);
        text = skip(text, before)?;
        if let Some(element) = element {
            text = read(&mut parsed, element, text, behind)?;
        }
        layout = behind;
    }
    text.is_empty().then_some(parsed)
}

/// Skips text of the layout; a blank there stands for any number of blanks.
fn skip<'t>(mut text: &'t str, mut before: &str) -> Option<&'t str> {
    while let Some(c) = before.chars().next() {
        before = before.get(c.len_utf8()..)?;
        if c == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return None;
            }
            before = before.trim_start_matches(' ');
            text = text.trim_start_matches(' ');
        } else {
            text = text.strip_prefix(c)?;
        }
    }
    Some(text)
}

fn read<'t>(parsed: &mut Parsed, element: Element, text: &'t str, layout: &str) -> Option<&'t str> {
    use Element as E;
    let within = |(value, rest): (i64, &'t str), from: i64, to: i64| {
        (from..=to).contains(&value).then_some((value, rest))
    };
    Some(match element {
        E::LongYear => {
            let (year, rest) = digits(text, 4, 4)?;
            parsed.year = year;
            rest
        }
        E::Year => {
            let (year, rest) = digits(text, 2, 2)?;
            parsed.year = if year >= 69 { year + 1900 } else { year + 2000 };
            rest
        }
        E::Month | E::LongMonth => {
            let (month, rest) = named(&MONTHS, text, element == E::Month)?;
            parsed.month = Some(month);
            rest
        }
        E::NumericMonth | E::ZeroMonth => {
            let least = if element == E::ZeroMonth { 2 } else { 1 };
            let (month, rest) = within(digits(text, least, 2)?, 1, 12)?;
            parsed.month = Some(month);
            rest
        }
        E::Weekday | E::LongWeekday => named(&DAYS, text, element == E::Weekday)?.1,
        E::Day | E::UnderDay | E::ZeroDay => {
            let text = if element == E::UnderDay {
                text.strip_prefix(' ').unwrap_or(text)
            } else {
                text
            };
            let (day, rest) = digits(text, if element == E::ZeroDay { 2 } else { 1 }, 2)?;
            parsed.day = Some(day);
            rest
        }
        E::UnderYearDay | E::ZeroYearDay => {
            let text = if element == E::UnderYearDay {
                text.trim_start_matches(' ')
            } else {
                text
            };
            let (day, rest) = digits(text, if element == E::ZeroYearDay { 3 } else { 1 }, 3)?;
            parsed.year_day = Some(day);
            rest
        }
        E::Hour => {
            let (hour, rest) = within(digits(text, 1, 2)?, 0, 23)?;
            parsed.hour = hour;
            rest
        }
        E::Hour12 | E::ZeroHour12 => {
            let least = if element == E::ZeroHour12 { 2 } else { 1 };
            let (hour, rest) = within(digits(text, least, 2)?, 0, 12)?;
            parsed.hour = hour;
            rest
        }
        E::Minute | E::ZeroMinute => {
            let least = if element == E::ZeroMinute { 2 } else { 1 };
            let (minute, rest) = within(digits(text, least, 2)?, 0, 59)?;
            parsed.minute = minute;
            rest
        }
        E::Second | E::ZeroSecond => {
            let least = if element == E::ZeroSecond { 2 } else { 1 };
            let (second, rest) = within(digits(text, least, 2)?, 0, 59)?;
            parsed.second = second;
            // A fraction may follow that the layout does not have.
            match (fraction(rest), next_element(layout)) {
                (Some(_), ("", Some(E::Fraction { .. }), _)) | (None, _) => rest,
                (Some((nanoseconds, rest)), _) => {
                    parsed.nanoseconds = nanoseconds;
                    rest
                }
            }
        }
        E::UpperPm | E::LowerPm => {
            let (word, rest) = text.split_at_checked(2)?;
            let words = if element == E::UpperPm {
                ["AM", "PM"]
            } else {
                ["am", "pm"]
            };
            parsed.pm = Some(words.iter().position(|known| *known == word)? == 1);
            rest
        }
        E::Offset { z, colons, parts } => {
            if let Some(rest) = text.strip_prefix('Z').filter(|_| z) {
                parsed.zone = ParsedZone::Utc;
                return Some(rest);
            }
            let (offset, rest) = offset(text, colons, parts)?;
            parsed.zone = ParsedZone::Offset(offset);
            rest
        }
        E::ZoneName => {
            let (name, rest) = zone_name(text)?;
            // A name counts only where there is no offset.
            if parsed.zone == ParsedZone::None {
                parsed.zone = match name {
                    "UTC" => ParsedZone::Utc,
                    name => ParsedZone::Name(name.to_owned()),
                };
            }
            rest
        }
        E::Fraction { digits, trims, .. } => match fraction(text) {
            Some((nanoseconds, rest)) if trims || text.len() - rest.len() == digits + 1 => {
                parsed.nanoseconds = nanoseconds;
                rest
            }
            None if trims => text,
            _ => return None,
        },
    })
}

fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let count = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if count < least {
        return None;
    }
    let (digits, rest) = text.split_at_checked(count)?;
    Some((digits.parse().ok()?, rest))
}

fn fraction(text: &str) -> Option<(u32, &str)> {
    let behind = text.strip_prefix(['.', ','])?;
    let count = behind.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = behind.split_at_checked(count)?;
    let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
    (count > 0).then_some((nine.parse().ok()?, rest))
}

fn offset(text: &str, colons: bool, parts: usize) -> Option<(i32, &str)> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut rest = text.strip_prefix(['+', '-'])?;
    let mut seconds = 0;
    for (part, unit) in [3_600, 60, 1].iter().take(parts).enumerate() {
        if part > 0 && colons {
            rest = rest.strip_prefix(':')?;
        }
        let (number, behind) = digits(rest, 2, 2)?;
        seconds += number as i32 * unit;
        rest = behind;
    }
    Some((sign * seconds, rest))
}

/// Three to five capitals, or `+03`.
fn zone_name(text: &str) -> Option<(&str, &str)> {
    let capitals = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let length = match capitals {
        3..=5 => capitals,
        _ if text.starts_with(['+', '-']) => {
            1 + text
                .bytes()
                .skip(1)
                .take(2)
                .take_while(u8::is_ascii_digit)
                .count()
        }
        _ => return None,
    };
    text.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::super::time::Time;
    use jiff::tz::TimeZone;

    #[test]
    fn layouts_are_written_and_read() {
        let time = Time::from_nanoseconds(1_700_000_000_012_000_000);
        for (layout, text) in [
            ("2006-01-02T15:04:05.999Z07:00", "2023-11-14T22:13:20.012Z"),
            ("Mon, 2 Jan 06 3:04PM MST", "Tue, 14 Nov 23 10:13PM UTC"),
            ("Monday January _2 002", "Tuesday November 14 318"),
            ("15h04 .000000 -0700", "22h13 .012000 +0000"),
            ("20060102150405", "20231114221320"),
            ("Month 1/2, 2006_2006", "Month 11/14, 2023_2023"),
        ] {
            assert_eq!(time.format(layout), text, "{layout}");
        }
        let read = |layout, text| {
            let time = Time::parse(layout, text, &TimeZone::UTC);
            time.map(|time| time.format("2006-01-02 15:04:05.999999999 -0700 MST"))
        };
        for (layout, text, time) in [
            ("2006-01-02", "2023-02-30", None),
            (
                "2006-01-02",
                "2023-02-28",
                Some("2023-02-28 00:00:00 +0000 UTC"),
            ),
            (
                "2006-01-02 15:04:05",
                "2023-02-28 01:02:03.5",
                Some("2023-02-28 01:02:03.5 +0000 UTC"),
            ),
            (
                "2006-01-02T15:04:05Z07:00",
                "2023-02-28T01:02:03+08:00",
                Some("2023-02-28 01:02:03 +0800 +08"),
            ),
            (
                "2006-01-02T15:04:05Z07:00",
                "2023-02-28T01:02:03Z",
                Some("2023-02-28 01:02:03 +0000 UTC"),
            ),
            ("3:04pm", "1:05pm", Some("0000-01-01 13:05:00 +0000 UTC")),
            ("2006-01-02", "2023-02-28x", None),
        ] {
            assert_eq!(read(layout, text).as_deref(), time, "{layout} {text}");
        }
    }
}
