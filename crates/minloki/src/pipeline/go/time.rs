//! `time.Time`: its layouts. Source: <https://pkg.go.dev/time#pkg-constants>.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::layout::{DAYS, Element, MONTHS, next_element};

/// Seconds from the year 1, in which Go's zero time is, to 1970.
const ZERO: i64 = -62_135_596_800;

/// A point in time with the zone that it is shown in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// Since the epoch.
    seconds: i64,
    nanoseconds: u32,
    /// Seconds east of Greenwich.
    offset: i32,
    /// `UTC`, `CET`; empty for an offset without a name.
    zone: String,
}

/// A date and time of day without a zone.
#[derive(Debug, Clone, Copy, Default)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Time {
    /// From nanoseconds since the epoch, in UTC.
    pub fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self::utc(
            nanoseconds.div_euclid(1_000_000_000),
            nanoseconds.rem_euclid(1_000_000_000) as u32,
        )
    }

    /// From seconds since the epoch, in UTC.
    pub fn utc(seconds: i64, nanoseconds: u32) -> Self {
        Self {
            seconds,
            nanoseconds,
            offset: 0,
            zone: "UTC".to_owned(),
        }
    }

    /// Go's zero time.
    pub fn zero() -> Self {
        Self::utc(ZERO, 0)
    }

    /// Nanoseconds since the epoch.
    pub fn nanoseconds(&self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }

    /// Seconds since the epoch.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// Writes the time in a layout such as `2006-01-02T15:04:05.000Z07:00`.
    pub fn format(&self, layout: &str) -> String {
        let local = self.seconds.saturating_add(i64::from(self.offset));
        let civil = civil_of(local);
        let days = local.div_euclid(86_400);
        let mut out = String::new();
        let mut rest = layout;
        while !rest.is_empty() {
            let (text, element, behind) = next_element(rest);
            out.push_str(text);
            if let Some(element) = element {
                self.push_element(&mut out, element, &civil, days);
            }
            rest = behind;
        }
        out
    }

    fn push_element(&self, out: &mut String, element: Element, civil: &Civil, days: i64) {
        use Element as E;
        let twelve = |hour: i64| if hour % 12 == 0 { 12 } else { hour % 12 };
        let month = MONTHS
            .get((civil.month - 1) as usize)
            .copied()
            .unwrap_or_default();
        let day = DAYS
            .get((days + 4).rem_euclid(7) as usize)
            .copied()
            .unwrap_or_default();
        let year_day = days - days_of(civil.year, 1, 1) + 1;
        let written = match element {
            E::LongMonth => month.to_owned(),
            E::Month => month.chars().take(3).collect(),
            E::NumericMonth => civil.month.to_string(),
            E::ZeroMonth => format!("{:02}", civil.month),
            E::LongWeekday => day.to_owned(),
            E::Weekday => day.chars().take(3).collect(),
            E::Day => civil.day.to_string(),
            E::UnderDay => format!("{:2}", civil.day),
            E::ZeroDay => format!("{:02}", civil.day),
            E::UnderYearDay => format!("{year_day:3}"),
            E::ZeroYearDay => format!("{year_day:03}"),
            E::Hour => format!("{:02}", civil.hour),
            E::Hour12 => twelve(civil.hour).to_string(),
            E::ZeroHour12 => format!("{:02}", twelve(civil.hour)),
            E::Minute => civil.minute.to_string(),
            E::ZeroMinute => format!("{:02}", civil.minute),
            E::Second => civil.second.to_string(),
            E::ZeroSecond => format!("{:02}", civil.second),
            E::LongYear => format!("{:04}", civil.year),
            E::Year => format!("{:02}", civil.year.rem_euclid(100)),
            E::UpperPm => if civil.hour >= 12 { "PM" } else { "AM" }.to_owned(),
            E::LowerPm => if civil.hour >= 12 { "pm" } else { "am" }.to_owned(),
            E::ZoneName if self.zone.is_empty() => {
                let minutes = self.offset / 60;
                let sign = if minutes < 0 { '-' } else { '+' };
                let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
                if minutes == 0 {
                    format!("{sign}{hours:02}")
                } else {
                    format!("{sign}{hours:02}{minutes:02}")
                }
            }
            E::ZoneName => self.zone.clone(),
            E::Offset { z, .. } if z && self.offset == 0 => "Z".to_owned(),
            E::Offset { colons, parts, .. } => offset_text(self.offset, colons, parts),
            E::Fraction {
                digits,
                separator,
                trims,
            } => {
                let all = format!("{:09}", self.nanoseconds);
                let mut fraction: String = all.chars().take(digits).collect();
                if trims {
                    fraction.truncate(fraction.trim_end_matches('0').len());
                }
                if fraction.is_empty() {
                    fraction
                } else {
                    format!("{separator}{fraction}")
                }
            }
        };
        out.push_str(&written);
    }

    /// Reads a time; one without a zone of its own is in `zone`. `None` where the text does not fit.
    pub fn parse(layout: &str, text: &str, zone: &TimeZone) -> Option<Self> {
        super::time_parse::parse(layout, text).and_then(|parsed| parsed.resolve(zone))
    }

    pub(super) fn of_civil(
        fields: [i64; 6],
        nanoseconds: u32,
        zone: ParsedZone,
        local: &TimeZone,
    ) -> Self {
        let [year, month, day, hour, minute, second] = fields;
        let wall = days_of(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
        let (seconds, offset, name) = match zone {
            ParsedZone::Utc => (wall, 0, "UTC".to_owned()),
            ParsedZone::Offset(offset) => {
                let seconds = wall - i64::from(offset);
                // Go takes the local zone where it has that offset.
                let (local_offset, name) = zone_at(local, seconds);
                let name = if local_offset == offset {
                    name
                } else {
                    String::new()
                };
                (seconds, offset, name)
            }
            ParsedZone::Name(name) => (wall, 0, name),
            ParsedZone::None => {
                let (offset, _) = zone_at(local, wall);
                let (offset, name) = zone_at(local, wall - i64::from(offset));
                (wall - i64::from(offset), offset, name)
            }
        };
        Self {
            seconds,
            nanoseconds,
            offset,
            zone: name,
        }
    }
}

/// The zone that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParsedZone {
    /// None.
    None,
    /// `Z`, `UTC`
    Utc,
    /// Seconds east of Greenwich.
    Offset(i32),
    /// A name that is not known: its offset counts as 0.
    Name(String),
}

fn zone_at(zone: &TimeZone, seconds: i64) -> (i32, String) {
    let Ok(timestamp) = Timestamp::from_second(seconds) else {
        return (0, "UTC".to_owned());
    };
    let info = zone.to_offset_info(timestamp);
    (info.offset().seconds(), info.abbreviation().to_owned())
}

fn offset_text(offset: i32, colons: bool, parts: usize) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let seconds = offset.abs();
    let numbers = [seconds / 3_600, seconds / 60 % 60, seconds % 60];
    let shown = numbers
        .iter()
        .take(parts)
        .map(|number| format!("{number:02}"));
    let separator = if colons { ":" } else { "" };
    format!("{sign}{}", shown.collect::<Vec<_>>().join(separator))
}

fn civil_of(seconds: i64) -> Civil {
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    // Years from March on, in eras of 400.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: of_year - (153 * march_month + 2) / 5 + 1,
        hour: of_day / 3_600,
        minute: of_day / 60 % 60,
        second: of_day % 60,
    }
}

/// Returns the days from the epoch to a date.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let march_month = (month + 9) % 12;
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}
