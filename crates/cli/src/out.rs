//! The one way to standard output and standard error.
//!
//! What is written may hold anything that stands in a line or that a server says; a terminal would obey it.
//! So hidden characters are written as `\u001b`, which in JSON is the same character still.

use std::io::{self, StderrLock, StdoutLock, Write};

use ginkgo::text::visible;

/// A writer whose text no terminal obeys.
pub struct Safe<W>(W);

/// Locks standard output.
pub fn stdout() -> Safe<StdoutLock<'static>> {
    Safe(io::stdout().lock())
}

/// Locks standard error.
pub fn stderr() -> Safe<StderrLock<'static>> {
    Safe(io::stderr().lock())
}

impl<W: Write> Write for Safe<W> {
    /// Takes whole texts, as `write!` gives them; bytes that are no text are replaced.
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0
            .write_all(visible(&String::from_utf8_lossy(text)).as_bytes())?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_of_it() {
        let mut out = Safe(Vec::new());
        let json = serde_json::json!({ "a": "\u{1b}[2J\u{9b}\u{7f}\u{202e}é" });
        writeln!(out, "\u{1b}]0;title\u{7}{json}\tend").unwrap();
        let text = String::from_utf8(out.0).unwrap();
        let (head, rest) = text.split_once('{').unwrap();
        assert_eq!(head, "\\u001b]0;title\\u0007");
        let (inner, tail) = rest.split_once('}').unwrap();
        assert_eq!(inner, "\"a\":\"\\u001b[2J\\u009b\\u007f\\u202eé\"");
        assert_eq!(tail, "\tend\n");
        let read: serde_json::Value = serde_json::from_str(&format!("{{{inner}}}")).unwrap();
        assert_eq!(read, json);
    }
}
