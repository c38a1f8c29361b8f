//! The cursor of the resource `logs`: where a program goes on, over the same range.

use std::fmt;

use serde_json::Value;

use crate::answer::Position;
use crate::query::{Direction, QueryError, quoted};

/// A range, a direction, and the last row that the program has.
///
/// Its text, `backward.<from>.<to>.<time>.<hash>.<ordinal>`, is nothing to rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The range's start, inclusive, in nanoseconds.
    pub from_ns: i64,
    /// The range's end, exclusive.
    pub to_ns: i64,
    /// The order of the rows.
    pub direction: Direction,
    /// The last row.
    pub after: Position,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position {
            timestamp_ns,
            hash,
            ordinal,
        } = self.after;
        let (direction, from, to) = (self.direction, self.from_ns, self.to_ns);
        write!(
            f,
            "{direction}.{from}.{to}.{timestamp_ns}.{hash:016x}.{ordinal}"
        )
    }
}

impl Cursor {
    /// Reads what a program sends back.
    ///
    /// # Errors
    /// Says that it is none.
    pub fn read(value: &Value) -> Result<Self, QueryError> {
        let cursor = value.as_str().and_then(Self::parse);
        cursor.ok_or_else(|| {
            let problem = format!(
                "{} is not valid: send the cursor of the answer before",
                quoted(value)
            );
            QueryError::new("cursor", problem)
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let direction = Direction::from_name(parts.next()?)?;
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (from_ns, to_ns, timestamp_ns) = (number()?, number()?, number()?);
        let after = Position {
            timestamp_ns,
            hash: u64::from_str_radix(parts.next()?, 16).ok()?,
            ordinal: parts.next()?.parse().ok()?,
        };
        let inside = (from_ns..to_ns).contains(&timestamp_ns) && parts.next().is_none();
        inside.then_some(Self {
            from_ns,
            to_ns,
            direction,
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_is_one() {
        let cursor = Cursor {
            from_ns: -5,
            to_ns: 1_700_000_000_000_000_001,
            direction: Direction::Forward,
            after: Position {
                timestamp_ns: 7,
                hash: 0xab,
                ordinal: 2,
            },
        };
        let text = cursor.to_string();
        assert_eq!(Cursor::read(&text.clone().into()), Ok(cursor));
        for wrong in [
            Value::Null,
            Value::from(5),
            Value::from(""),
            Value::from(format!("{text}.")),
            Value::from(format!("{text}x")),
            Value::from(text.replace("forward", "up")),
            Value::from(text.replace(".7.", ".1800000000000000000.")),
        ] {
            let error = Cursor::read(&wrong).unwrap_err().to_string();
            assert!(error.contains("cursor"), "{error}");
        }
    }
}
