//! Conditions on times, as far as LogQL can say them: by the text of the value.
//!
//! LogQL compares no times, so the expression written here only leaves out what cannot be meant, and
//! Ginkgo decides on the rest. A date and time of day says its instant to within its zone's offset: on
//! a text that ends with Z or without a zone the offset is known, so it is judged by its minute; one
//! with an offset of its own by its day. Numbers are all kept.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::logql::Comparison;

/// No offset has as many hours.
const MOST_HOURS: i64 = 26;

/// How texts are compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    AtLeast,
    AtMost,
    Same,
}

/// Returns an RE2 expression that matches, as a whole, every text that reads as an instant which
/// compares so with one of `times` (nanoseconds since the epoch); `zone` is that of texts without one.
pub fn pattern(op: Comparison, times: &[i64], zone: &TimeZone) -> String {
    let order = match op {
        Comparison::Greater | Comparison::GreaterOrEqual => Order::AtLeast,
        Comparison::Less | Comparison::LessOrEqual => Order::AtMost,
        Comparison::Equal => Order::Same,
        // Any time but one.
        Comparison::NotEqual => return ".+".to_owned(),
    };
    let mut alternatives = vec!["[0-9]+(?:[.][0-9]*)?".to_owned()];
    let utc = minutes(order, times, |_| vec![SignedDuration::ZERO]);
    let zoned = minutes(order, times, |time| offsets_around(zone, time));
    // What follows the minute has a sign only in front of an offset.
    if utc == zoned {
        alternatives.push(format!("(?:{utc})[0-9:.,]*[Zz]?"));
    } else {
        alternatives.push(format!("(?:{utc})[0-9:.,]*[Zz]"));
        alternatives.push(format!("(?:{zoned})[0-9:.,]*"));
    }
    let days = days(order, times);
    alternatives.push(format!("(?:{days}).{{6}}.*[^0-9:.,Zz].*"));
    alternatives.join("|")
}

/// Returns the minutes (`2020-03-02.09:35`) that the times can have in texts with one of these offsets.
fn minutes(
    order: Order,
    times: &[i64],
    offsets: impl Fn(Timestamp) -> Vec<SignedDuration>,
) -> String {
    let of_time = |time: &i64| {
        let time = timestamp(*time);
        let offsets = offsets(time);
        // The text of a later local time may be the earlier instant: the outermost offset counts.
        let offsets = match order {
            Order::AtLeast => offsets.into_iter().min().into_iter().collect(),
            Order::AtMost => offsets.into_iter().max().into_iter().collect(),
            Order::Same => offsets,
        };
        let minute = move |offset| local(time, offset).strftime("%Y-%m-%d.%H:%M").to_string();
        offsets.into_iter().map(minute)
    };
    any_of(order, times.iter().flat_map(of_time))
}

/// Returns the days that the times can have in texts with any offset.
fn days(order: Order, times: &[i64]) -> String {
    let distances: &[i64] = match order {
        Order::AtLeast => &[-MOST_HOURS],
        Order::AtMost => &[MOST_HOURS],
        // Every date between the first and the last is among these.
        Order::Same => &[-MOST_HOURS, -13, 0, 13, MOST_HOURS],
    };
    let day = |time: &i64| {
        let time = timestamp(*time);
        let day = move |hours: &i64| local(time, SignedDuration::from_hours(*hours));
        distances
            .iter()
            .map(move |hours| day(hours).strftime("%Y-%m-%d").to_string())
    };
    any_of(order, times.iter().flat_map(day))
}

fn any_of(order: Order, bounds: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = bounds.flat_map(|bound| texts(&bound, order)).collect();
    texts.sort_unstable();
    texts.dedup();
    texts.join("|")
}

/// Returns the offsets with which the zone may have read a text as this time.
fn offsets_around(zone: &TimeZone, time: Timestamp) -> Vec<SignedDuration> {
    // Thrice the largest offset: beyond it no offset brings a text back to this time.
    let around = SignedDuration::from_hours(3 * MOST_HOURS);
    let from = time.saturating_sub(around).unwrap_or(time);
    let to = time.saturating_add(around).unwrap_or(time);
    let changes = zone
        .following(from)
        .take_while(|change| change.timestamp() <= to);
    let mut offsets = vec![zone.to_offset(from)];
    offsets.extend(changes.map(|change| change.offset()));
    let duration = |offset: Offset| SignedDuration::from_secs(i64::from(offset.seconds()));
    offsets.into_iter().map(duration).collect()
}

fn timestamp(time: i64) -> Timestamp {
    // Every `i64` is one.
    Timestamp::from_nanosecond(i128::from(time)).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn local(time: Timestamp, offset: SignedDuration) -> DateTime {
    Offset::UTC.to_datetime(time.saturating_add(offset).unwrap_or(time))
}

/// Returns expressions for the texts of the bound's form that are so ordered with it; a dot in the
/// bound stands for any character.
fn texts(bound: &str, order: Order) -> Vec<String> {
    let mut texts = vec![bound.to_owned()];
    for (at, c) in bound.char_indices() {
        let Some(digit) = c.to_digit(10) else {
            continue;
        };
        let (from, to) = match order {
            Order::AtLeast if digit < 9 => (digit + 1, 9),
            Order::AtMost if digit > 0 => (0, digit - 1),
            _ => continue,
        };
        let (before, rest) = bound.split_at_checked(at).unwrap_or_default();
        let digits = if from == to {
            from.to_string()
        } else {
            format!("[{from}-{to}]")
        };
        let any = match rest.len() - 1 {
            0 => String::new(),
            1 => ".".to_owned(),
            count => format!(".{{{count}}}"),
        };
        texts.push(format!("{before}{digits}{any}"));
    }
    texts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::value;
    use re2::Re2;

    const OPS: [Comparison; 5] = [
        Comparison::Equal,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
    ];

    const ZONES: [&str; 7] = [
        "UTC",
        "Asia/Shanghai",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "America/St_Johns",
        "Asia/Manila",
    ];

    #[test]
    fn bounds_are_compared_digit_by_digit() {
        for (bound, order, expected) in [
            (
                "20-18",
                Order::AtLeast,
                "20-18 [3-9].{4} 2[1-9].{3} 20-[2-9]. 20-19",
            ),
            ("20-01", Order::AtMost, "20-01 [0-1].{4} 20-00"),
            ("20-01", Order::Same, "20-01"),
        ] {
            assert_eq!(texts(bound, order).join(" "), expected);
        }
    }

    #[test]
    fn a_minute_beside_is_left_out() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let time = value::time("2020-03-02 09:35:00", &zone).unwrap();
        let keeps = |op, text: &str| {
            Re2::new(&pattern(op, &[time], &zone))
                .unwrap()
                .matches(text)
        };
        for (text, ops) in [
            ("2020-03-02 09:35:00", [true, true, true]),
            ("2020-03-02T01:35:00.5Z", [true, true, true]),
            ("2020-03-02 09:36:00", [false, true, false]),
            ("2020-03-02T01:36:00Z", [false, true, false]),
            ("2020-03-02 01:34:59", [false, false, true]),
            ("2020-03-02T01:34:59Z", [false, false, true]),
            ("2020-03-02T23:34:59+02:00", [true, true, true]),
            ("2020-03-06T23:34:59+02:00", [false, true, false]),
            ("2019-03-02T23:34:59+02:00", [false, false, true]),
            ("1583141700", [true, true, true]),
            ("1583141700.5", [true, true, true]),
            ("soon", [false, false, false]),
        ] {
            let kept = [
                Comparison::Equal,
                Comparison::Greater,
                Comparison::LessOrEqual,
            ];
            assert_eq!(kept.map(|op| keeps(op, text)), ops, "{text}");
        }
    }

    /// Times near each other and near the changes of zones' clocks.
    fn time() -> impl Strategy<Value = i64> {
        let near = prop::sample::select(vec![
            1_583_112_900_i64,
            1_603_587_600,
            1_585_443_600,
            1_325_239_200,
            -3_944_621_033,
            1_583_107_199,
            i64::MIN / 1_000_000_000 + 1,
            i64::MAX / 1_000_000_000 - 1,
        ]);
        let distance = prop_oneof![-5_i64..5, -200_i64..200, -200_000_i64..200_000];
        let fraction = prop::sample::select(vec![0_i64, 1, 500_000_000, 999_999_999]);
        (near, distance, fraction).prop_map(|(near, distance, fraction)| {
            let seconds = near.saturating_add(distance);
            seconds
                .saturating_mul(1_000_000_000)
                .saturating_add(fraction)
        })
    }

    /// Writes a time in one of its forms.
    fn written(time: i64, form: usize, offset_minutes: i32) -> String {
        let at = Timestamp::from_nanosecond(i128::from(time)).unwrap();
        let offset = Offset::from_seconds(offset_minutes * 60).unwrap();
        let local = offset.to_datetime(at);
        let (separator, fraction) = match form % 3 {
            0 => ("T", "%.f"),
            1 => (" ", ",%3f"),
            _ => ("t", ""),
        };
        let text = local
            .strftime(&format!("%Y-%m-%d{separator}%H:%M:%S{fraction}"))
            .to_string();
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let minutes = offset_minutes.abs();
        match form / 3 {
            0 => text,
            1 if offset_minutes == 0 => text + if form == 4 { "z" } else { "Z" },
            1 => format!("{text}{sign}{:02}:{:02}", minutes / 60, minutes % 60),
            2 => text.replace(":59", ":60"),
            3 => time.to_string(),
            4 if form == 13 && time >= 0 => {
                format!("{}.{:09}", time / 1_000_000_000, time % 1_000_000_000)
            }
            _ => time.div_euclid(1_000_000_000).to_string(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn no_text_that_is_meant_is_left_out(
            wanted in time(),
            written_time in time(),
            same in any::<bool>(),
            form in 0_usize..15,
            offset in prop_oneof![Just(0), Just(-1559), Just(1559), -1559_i32..1560],
            op in prop::sample::select(OPS.to_vec()),
            zone in prop::sample::select(ZONES.to_vec()),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let text = written(if same { wanted } else { written_time }, form, offset);
            let read = value::time(&text, &zone);
            let meant = read.is_some_and(|time| op.holds(&time, &wanted));
            let pattern = pattern(op, &[wanted], &zone);
            let kept = Re2::new(&pattern).unwrap().matches(&text);
            prop_assert!(kept || !meant, "{text} {op:?} {wanted}: {pattern}");
        }

        #[test]
        fn what_reads_as_a_time_has_the_form_that_is_judged(
            text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9][0-9.,:Zz+-]{0,8}",
            zone in prop::sample::select(ZONES.to_vec()),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            if let Some(time) = value::time(&text, &zone) {
                let pattern = pattern(Comparison::Equal, &[time], &zone);
                prop_assert!(Re2::new(&pattern).unwrap().matches(&text), "{text}: {pattern}");
            }
        }
    }
}
