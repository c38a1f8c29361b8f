//! What a message of several lines says: of most its first line, and of those that begin with something
//! general what comes behind it.

use std::borrow::Cow;

/// What Python writes in front of the calls that led to an exception.
const TRACEBACK: &str = "Traceback (most recent call last):";
/// How many lines go with one that says nothing by itself.
const MOST_MORE: usize = 2;
/// The most bytes of a message that are looked at.
const LONGEST: usize = 64 << 10;

/// Returns the line that tells one message from others: of a Python traceback the exception, of others the
/// first. To a line that only announces what follows, or counts pydantic's errors, that is added.
pub fn telling(message: &str) -> Cow<'_, str> {
    let message = from_exception(super::cut(message, LONGEST)).unwrap_or(message);
    let mut lines = message.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let is_general = first.trim_end().ends_with(':') || counts_errors(first);
    let more: Vec<&str> = lines.take(MOST_MORE).filter(|_| is_general).collect();
    if more.is_empty() {
        return Cow::Borrowed(first);
    }
    let mut told = first.trim().to_owned();
    for line in more {
        told.push(' ');
        // Pydantic repeats the value, which is never the same.
        told.push_str(line.trim().split(" [type=").next().unwrap_or_default());
    }
    Cow::Owned(told)
}

/// Returns a message from the exception of its last traceback on: the first line behind the calls, which
/// are indented. In a group of exceptions each line has its frame before it.
fn from_exception(message: &str) -> Option<&str> {
    let calls = message.rfind(TRACEBACK)?;
    let heading = message
        .get(..calls)?
        .rsplit(['\n', '\r'])
        .next()
        .unwrap_or_default();
    let mut rest = message.get(calls + TRACEBACK.len()..)?;
    loop {
        let (_, behind) = rest.split_once('\n')?;
        let line = behind.lines().next().unwrap_or_default();
        let margin = line.strip_prefix(frame(heading)).unwrap_or(line);
        if !margin.trim().is_empty() && !margin.starts_with([' ', '\t']) {
            let indent = line.len() - margin.len();
            return behind.get(indent..);
        }
        rest = behind;
    }
}

/// Returns what stands before the lines of a group's traceback: `  + ` before its heading, `  | ` before the
/// others.
fn frame(heading: &str) -> &str {
    if heading.trim().is_empty() {
        heading
    } else {
        "  | "
    }
}

/// Says whether the line is pydantic's count: `2 validation errors for Order`.
fn counts_errors(line: &str) -> bool {
    let line = line.trim();
    let Some((before, model)) = line.split_once(" validation error") else {
        return false;
    };
    let number = before.rsplit(' ').next().unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (model.starts_with(" for ") || model.starts_with("s for "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_messages_apart_is_found() {
        for (name, message, told) in [
            (
                "one line",
                "price must be positive",
                "price must be positive",
            ),
            (
                "blank lines first",
                "\n\n  order failed\nmore",
                "  order failed",
            ),
            (
                "a traceback",
                "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n    g()\nValueError: price",
                "ValueError: price",
            ),
            (
                "with words before",
                "Exception in ASGI application\nTraceback (most recent call last):\n  File \"x.py\", line 1, in f\n    g()\nKeyError: 'BTC'\n",
                "KeyError: 'BTC'",
            ),
            (
                "one of another",
                "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\nKeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"y.py\", line 2, in h\nRuntimeError: b",
                "RuntimeError: b",
            ),
            (
                "with Windows' ends",
                "Traceback (most recent call last):\r\n  File \"x.py\", line 1, in f\r\nKeyError: 1\r\n",
                "KeyError: 1",
            ),
            (
                "of several lines",
                "Traceback (most recent call last):\n  File \"x.py\", line 1\nOSError: first\nsecond",
                "OSError: first",
            ),
            (
                "cut off",
                "Traceback (most recent call last):\n  File \"x.py\", line 1, in f",
                "Traceback (most recent call last): File \"x.py\", line 1, in f",
            ),
            (
                "an exception of a group",
                "  + Exception Group Traceback (most recent call last):\n  |   File \"x.py\", line 1, in f\n  | ExceptionGroup: two (2 sub-exceptions)\n",
                "ExceptionGroup: two (2 sub-exceptions)",
            ),
            (
                "Java's",
                "java.lang.IllegalStateException: closed\n\tat a.b.C.d(C.java:5)\nCaused by: x",
                "java.lang.IllegalStateException: closed",
            ),
            (
                "pydantic's",
                "1 validation error for Order\nsymbol\n  Field required [type=missing, input_value={'a': 1}, input_type=dict]\n    For further information visit https://x",
                "1 validation error for Order symbol Field required",
            ),
            (
                "pydantic's in a traceback",
                "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\npydantic_core._pydantic_core.ValidationError: 2 validation errors for Order\nqty\n  Input should be greater than 0 [type=x]",
                "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Order qty Input should be greater than 0",
            ),
            ("a heading", "Failures:\n  disk full", "Failures: disk full"),
            ("a heading alone", "Failures:", "Failures:"),
            ("nothing", "", ""),
        ] {
            assert_eq!(telling(message), told, "{name}");
        }
    }
}
