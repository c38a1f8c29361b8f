//! The parameters of a request: from its address and from a form in its body, which comes first.

use std::time::Duration;

use crate::options::QueryLimits;
use crate::query::{Direction, Fault};
use crate::time;

/// Names and values in their order.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// A range of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// From, ns.
    pub start_ns: i64,
    /// To, ns.
    pub end_ns: i64,
}

impl Params {
    /// Adds what a query string or a form says.
    ///
    /// # Errors
    /// An escape that is none.
    pub fn read(&mut self, encoded: &str) -> Result<(), Fault> {
        for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.0.push((decoded(name)?, decoded(value)?));
        }
        Ok(())
    }

    /// Returns a parameter's first value, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Returns all values of a parameter.
    pub fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        let values = self.0.iter().filter(move |(known, _)| known == name);
        values.map(|(_, value)| value.as_str())
    }

    /// Returns the query; empty where there is none.
    pub fn query(&self) -> &str {
        self.get("query").unwrap_or_default()
    }

    /// Returns a whole number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Fault> {
        let read = |text: &str| {
            let wrong = |_| Fault::bad(format!("strconv.Atoi: parsing \"{text}\": invalid syntax"));
            text.parse().map_err(wrong)
        };
        self.get(name).map(read).transpose()
    }

    /// Returns a number above zero.
    ///
    /// # Errors
    /// It is none.
    pub fn limit(&self, name: &str, default: u32) -> Result<u32, Fault> {
        let limit = self.number(name)?.unwrap_or(i64::from(default));
        if limit <= 0 {
            return Err(Fault::bad("limit must be a positive value"));
        }
        Ok(u32::try_from(limit).unwrap_or(u32::MAX))
    }

    /// Returns the range: `start`, `end` and `since`; the last hour where nothing is said.
    ///
    /// # Errors
    /// A time that is none, or an end before the start.
    pub fn range(&self, now_ns: i64) -> Result<Range, Fault> {
        let read = |name: &str| {
            let wrong =
                |problem| Fault::bad(format!("could not parse '{name}' parameter: {problem}"));
            self.get(name)
                .map(|text| time::parse(text).map_err(wrong))
                .transpose()
        };
        let since = match self.get("since") {
            None => 3_600_000_000_000,
            Some(text) => time::duration(text).ok_or_else(|| {
                Fault::bad(format!(
                    "could not parse 'since' parameter: not a valid duration string: \"{text}\""
                ))
            })?,
        };
        let end_ns = read("end")?.unwrap_or(now_ns);
        let before = end_ns.min(now_ns).saturating_sub(since);
        let start_ns = read("start")?.unwrap_or(before);
        if end_ns < start_ns {
            return Err(Fault::bad(
                "end timestamp must not be before or equal to start time",
            ));
        }
        Ok(Range { start_ns, end_ns })
    }

    /// Returns the direction, backward where nothing is said.
    ///
    /// # Errors
    /// It is neither.
    pub fn direction(&self) -> Result<Direction, Fault> {
        let text = self.get("direction").unwrap_or("backward");
        match text.to_ascii_lowercase().as_str() {
            "backward" => Ok(Direction::Backward),
            "forward" => Ok(Direction::Forward),
            _ => Err(Fault::bad(format!("invalid direction '{text}'"))),
        }
    }

    /// Returns the step, ns: about a 250th of the range where nothing is said.
    ///
    /// # Errors
    /// It is no duration, not above zero, or makes too many points.
    pub fn step(&self, range: Range, limits: &QueryLimits) -> Result<i64, Fault> {
        let length = range.end_ns.saturating_sub(range.start_ns);
        let step = match self.get("step") {
            None => (length / 1_000_000_000 / 250).max(1) * 1_000_000_000,
            Some(text) => duration(text)?,
        };
        if step <= 0 {
            return Err(Fault::bad(
                "zero or negative query resolution step widths are not accepted. Try a positive integer",
            ));
        }
        if (length / step).cast_unsigned() > limits.max_points {
            let most = thousands(limits.max_points);
            return Err(Fault::bad(format!(
                "exceeded maximum resolution of {most} points per time series. Try increasing the value of the \
                 step parameter"
            )));
        }
        Ok(step)
    }

    /// Returns the least time between two lines, ns; 0 where nothing is said.
    ///
    /// # Errors
    /// It is no duration, or negative.
    pub fn interval(&self) -> Result<i64, Fault> {
        let interval = self.get("interval").map_or(Ok(0), duration)?;
        if interval < 0 {
            return Err(Fault::bad("interval must be >= 0"));
        }
        Ok(interval)
    }
}

impl Range {
    /// Checks the range's length.
    ///
    /// # Errors
    /// It is too long.
    pub fn check_length(self, most: Duration) -> Result<(), Fault> {
        let length = self.end_ns.saturating_sub(self.start_ns);
        if most.is_zero() || i128::from(length) <= most.as_nanos().cast_signed() {
            return Ok(());
        }
        Err(Fault::bad(format!(
            "the query time range exceeds the limit (query length: {}, limit: {})",
            time::go_duration(length),
            time::duration_text(most)
        )))
    }
}

fn duration(text: &str) -> Result<i64, Fault> {
    let wrong = || Fault::bad(format!("cannot parse \"{text}\" to a valid duration"));
    time::step(text).ok_or_else(wrong)
}

/// Writes `11,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Undoes the escapes of an address or a form.
fn decoded(text: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = (rest.next(), rest.next());
                let hex = |digit: Option<u8>| char::from(digit.unwrap_or(b'-')).to_digit(16);
                let (Some(high), Some(low)) = (hex(digits.0), hex(digits.1)) else {
                    let shown: String = [Some(b'%'), digits.0, digits.1]
                        .into_iter()
                        .flatten()
                        .map(char::from)
                        .collect();
                    return Err(Fault::bad(format!("invalid URL escape \"{shown}\"")));
                };
                bytes.push((high * 16 + low) as u8);
            }
            byte => bytes.push(byte),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_963_254_000_000_000;
    const HOUR: i64 = 3_600_000_000_000;

    fn params(encoded: &str) -> Params {
        let mut params = Params::default();
        params.read(encoded).unwrap();
        params
    }

    fn words<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
        match result.unwrap_err() {
            Fault::Refused { status: 400, words } => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn escapes() {
        let read = params("query=%7Ba%3D%22b%22%7D+%E7%BB%84&match[]=1&match%5B%5D=2&empty=");
        assert_eq!(read.query(), "{a=\"b\"} 组");
        assert_eq!(read.all("match[]").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(read.get("empty"), None);
        let wrong = Params::default().read("query=%zz");
        assert_eq!(words(wrong), "invalid URL escape \"%zz\"");
    }

    #[test]
    fn ranges() {
        let range = |encoded: &str| params(encoded).range(NOW).map(|r| (r.start_ns, r.end_ns));
        assert_eq!(range(""), Ok((NOW - HOUR, NOW)));
        assert_eq!(range("since=2h"), Ok((NOW - 2 * HOUR, NOW)));
        assert_eq!(range("start=5&end=5"), Ok((5_000_000_000, 5_000_000_000)));
        for (encoded, problem) in [
            (
                "start=5&end=4",
                "end timestamp must not be before or equal to start time",
            ),
            (
                "start=abc",
                "could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax",
            ),
            (
                "since=abc",
                "could not parse 'since' parameter: not a valid duration string: \"abc\"",
            ),
        ] {
            assert_eq!(words(range(encoded)), problem, "{encoded}");
        }
        let month = params("start=1000000000&end=1003456000")
            .range(NOW)
            .unwrap();
        assert_eq!(
            words(month.check_length(Duration::from_secs(721 * 3600))),
            "the query time range exceeds the limit (query length: 960h0m0s, limit: 30d1h)"
        );
        assert_eq!(month.check_length(Duration::ZERO), Ok(()));
    }

    #[test]
    fn steps_and_limits() {
        let limits = QueryLimits::default();
        let hour = Range {
            start_ns: 0,
            end_ns: HOUR,
        };
        let step = |encoded: &str| params(encoded).step(hour, &limits);
        assert_eq!(step(""), Ok(14_000_000_000));
        assert_eq!(step("step=1m"), Ok(60_000_000_000));
        assert_eq!(step("step=0.5"), Ok(500_000_000));
        assert!(words(step("step=0")).starts_with("zero or negative"));
        assert!(words(step("step=0.1")).contains("11,000 points"));
        assert_eq!(
            words(step("step=x")),
            "cannot parse \"x\" to a valid duration"
        );
        assert_eq!(params("").limit("limit", 100), Ok(100));
        for limit in ["0", "-1"] {
            let limit = params(&format!("limit={limit}")).limit("limit", 100);
            assert_eq!(words(limit), "limit must be a positive value");
        }
        let limit = params("limit=x").limit("limit", 100);
        assert_eq!(words(limit), "strconv.Atoi: parsing \"x\": invalid syntax");
        assert_eq!(
            words(params("direction=up").direction()),
            "invalid direction 'up'"
        );
    }
}
