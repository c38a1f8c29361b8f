//! Functions of times.

use jiff::tz::TimeZone;

use super::Context;
use super::functions::{Failure, Outcome, argument, text, wrong_type};
use super::value::Value;
use crate::pipeline::go::time::Time;

fn time(arguments: &[Value], number: usize) -> Result<&Time, Failure> {
    match argument(arguments, number) {
        Value::Time(time) => Ok(time),
        other => Err(wrong_type(number, "time.Time", other)),
    }
}

pub fn timestamp(context: &dyn Context, _: &[Value]) -> Outcome {
    Ok(Value::Time(Time::from_nanoseconds(context.timestamp_ns())))
}

pub fn now(_: &dyn Context, _: &[Value]) -> Outcome {
    let now = jiff::Timestamp::now().as_nanosecond();
    Ok(Value::Time(Time::from_nanoseconds(
        i64::try_from(now).unwrap_or_default(),
    )))
}

/// `date layout time`; whole numbers are seconds.
pub fn date(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let layout = text(arguments, 0)?;
    let shown = match argument(arguments, 1) {
        Value::Time(time) => time.clone(),
        Value::Int(seconds) | Value::Int64(seconds) => Time::utc(*seconds, 0),
        // Anything else is now.
        _ => match now(context, &[])? {
            Value::Time(time) => time,
            _ => Time::zero(),
        },
    };
    Ok(Value::Text(shown.format(layout)))
}

/// `toDate layout text`; the zero time where the text does not fit.
pub fn to_date(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let parsed = Time::parse(text(arguments, 0)?, text(arguments, 1)?, &TimeZone::UTC);
    Ok(Value::Time(parsed.unwrap_or_else(Time::zero)))
}

/// `toDateInZone layout zone text`
pub fn to_date_in_zone(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (layout, zone) = (text(arguments, 0)?, text(arguments, 1)?);
    let zone = if zone.is_empty() {
        Some(TimeZone::UTC)
    } else {
        TimeZone::get(zone).ok()
    };
    let zone = zone.unwrap_or(TimeZone::UTC);
    let parsed = Time::parse(layout, text(arguments, 2)?, &zone);
    Ok(Value::Time(parsed.unwrap_or_else(Time::zero)))
}

pub fn unix_epoch(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Text(time(arguments, 0)?.seconds().to_string()))
}

pub fn unix_epoch_millis(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let milliseconds = time(arguments, 0)?.nanoseconds().div_euclid(1_000_000);
    Ok(Value::Text((milliseconds as i64).to_string()))
}

pub fn unix_epoch_nanos(_: &dyn Context, arguments: &[Value]) -> Outcome {
    // Beyond 64 bits, Go's number wraps around.
    let nanoseconds = time(arguments, 0)?.nanoseconds() as i64;
    Ok(Value::Text(nanoseconds.to_string()))
}

/// Days, seconds, milliseconds, microseconds or nanoseconds, by the number of digits.
pub fn unix_to_time(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let text = text(arguments, 0)?;
    let failed = |why: String| Failure::Call(format!("unable to parse time '{text}': {why}"));
    let number: i64 = text.parse().map_err(|_| {
        let quoted = crate::pipeline::go::quote::quote(text);
        failed(format!(
            "strconv.ParseInt: parsing {quoted}: invalid syntax"
        ))
    })?;
    let in_units = |units: i64| {
        let nanoseconds = number.rem_euclid(units) * (1_000_000_000 / units);
        Time::utc(number.div_euclid(units), nanoseconds as u32)
    };
    Ok(Value::Time(match text.len() {
        5 => Time::utc(number * 86_400, 0),
        10 => in_units(1),
        13 => in_units(1_000),
        16 => in_units(1_000_000),
        19 => in_units(1_000_000_000),
        // Go prints an error that is none.
        _ => return Err(failed("%!w(<nil>)".to_owned())),
    }))
}
