//! The pattern of a message: what stays the same when the same thing goes wrong again.
//!
//! Masked are numbers (`<num>`), ids (`<id>`: UUIDs, hex, letters mixed with digits, long words of
//! both), quoted texts (`<text>`), addresses (`<ip>`) and times (`<time>`). One pass over the first
//! line, which looks ahead no farther than it then goes, or than a fixed number of bytes.

/// The most bytes of a message that are looked at.
const LONGEST_MESSAGE: usize = 4 << 10;
/// The most characters of a pattern.
const LONGEST_PATTERN: usize = 500;

const NUMBER: &str = "<num>";
const ID: &str = "<id>";
const TEXT: &str = "<text>";
const TIME: &str = "<time>";
const ADDRESS: &str = "<ip>";

/// The quotes, each with what ends it.
const QUOTES: [(char, char); 6] = [
    ('\'', '\''),
    ('"', '"'),
    ('`', '`'),
    ('“', '”'),
    ('«', '»'),
    ('「', '」'),
];

/// Returns the pattern of a message's first line that is not blank.
pub fn pattern(message: &str) -> String {
    let message = message.trim_start();
    let line = message.split(['\n', '\r']).next().unwrap_or_default();
    let cut = super::cut(line, LONGEST_MESSAGE);
    let mut scanner = Scanner {
        rest: cut,
        before: None,
        before_blank: None,
        unclosed: [false; QUOTES.len()],
        out: String::with_capacity(cut.len().min(LONGEST_PATTERN)),
    };
    scanner.run();
    let out = scanner.out.trim_end();
    let end = out.char_indices().nth(LONGEST_PATTERN).map(|(end, _)| end);
    match end {
        Some(end) => format!("{}…", out.get(..end).unwrap_or_default()),
        None if cut.len() < line.len() => format!("{out}…"),
        None => out.to_owned(),
    }
}

struct Scanner<'t> {
    rest: &'t str,
    /// The character before `rest`.
    before: Option<char>,
    /// The last one that is no blank.
    before_blank: Option<char>,
    /// The quotes of which nothing more in `rest` is the end.
    unclosed: [bool; QUOTES.len()],
    out: String,
}

impl<'t> Scanner<'t> {
    fn run(&mut self) {
        while let Some(c) = self.rest.chars().next() {
            match c {
                '\u{1b}' => self.skip(escape_length(self.rest)),
                c if c.is_whitespace() || c.is_control() => self.blank(c),
                c if c.is_ascii_alphanumeric() => self.word(),
                c if c.is_numeric() => {
                    let other = |c: char| !c.is_numeric() || c.is_ascii();
                    let length = self.rest.find(other).unwrap_or(self.rest.len());
                    self.mask(length, NUMBER);
                }
                '-' | '+' if self.is_sign() => self.skip(1),
                c if self.quoted(c) => {}
                c => self.copy(c.len_utf8()),
            }
        }
    }

    /// Copies the next bytes.
    fn copy(&mut self, length: usize) {
        let text = self.take(length);
        self.out.push_str(text);
    }

    /// Writes a mask in the place of the next bytes.
    fn mask(&mut self, length: usize, mask: &str) {
        self.take(length);
        self.out.push_str(mask);
    }

    /// Leaves the next bytes out, as if they were not there.
    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        self.before = text.chars().next_back().or(self.before);
        self.before_blank = self.before;
        text
    }

    /// Any number of blanks is one.
    fn blank(&mut self, c: char) {
        self.skip(c.len_utf8());
        self.before = Some(' ');
        if !self.out.is_empty() && !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }

    /// A sign belongs to its number: `-5` and `5` are the same pattern. In `bt-7` it is a dash.
    fn is_sign(&self) -> bool {
        let starts = self
            .before
            .is_none_or(|c| c == ' ' || "=(,:[{<".contains(c));
        starts && self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
    }

    /// Masks what stands between quotes; the names of an object's members stay.
    fn quoted(&mut self, c: char) -> bool {
        // `can't` has no quote.
        if self.before.is_some_and(char::is_alphanumeric) {
            return false;
        }
        let Some(number) = QUOTES.iter().position(|(open, _)| *open == c) else {
            return false;
        };
        let Some((_, close)) = QUOTES.get(number).copied() else {
            return false;
        };
        let unclosed = self.unclosed.get(number).copied().unwrap_or_default();
        let inside = self.rest.get(c.len_utf8()..).unwrap_or_default();
        let length = if unclosed {
            None
        } else {
            quoted_length(inside, close)
        };
        let Some(length) = length else {
            if let Some(unclosed) = self.unclosed.get_mut(number) {
                *unclosed = true;
            }
            return false;
        };
        let after = inside.get(length + close.len_utf8()..).unwrap_or_default();
        let in_object = self.before_blank.is_some_and(|c| c == '{' || c == ',');
        let name = inside.get(..length).unwrap_or_default();
        if in_object && after.starts_with(':') && !name.contains(char::is_control) {
            self.copy(c.len_utf8() + length + close.len_utf8());
            return true;
        }
        self.copy(c.len_utf8());
        self.mask(length, TEXT);
        self.copy(close.len_utf8());
        true
    }

    /// A word of ASCII letters and digits, whole; with what belongs to it.
    fn word(&mut self) {
        let bytes = self.rest.as_bytes();
        if let Some(length) = uuid_length(bytes) {
            return self.mask(length, ID);
        }
        if let Some(length) = time_length(bytes) {
            return self.mask(length, TIME);
        }
        if let Some(length) = address_length(bytes) {
            return self.mask(length, ADDRESS);
        }
        let length = run(bytes, u8::is_ascii_alphanumeric);
        let word = bytes.get(..length).unwrap_or_default();
        if is_id(word) {
            return self.mask(length, ID);
        }
        let starts_with_digit = word.first().is_some_and(u8::is_ascii_digit);
        let mut left = length;
        if starts_with_digit {
            let number = number_length(bytes);
            self.mask(number, NUMBER);
            left = run(self.rest.as_bytes(), u8::is_ascii_alphanumeric);
        }
        while left > 0 {
            let bytes = self.rest.as_bytes();
            let letters = run(bytes, u8::is_ascii_alphabetic);
            let digits = run(bytes.get(letters..).unwrap_or_default(), u8::is_ascii_digit);
            self.copy(letters);
            match digits {
                0 => {}
                // `v1`, `utf8`, `s3` are names.
                1 if !starts_with_digit => self.copy(1),
                digits => self.mask(digits, NUMBER),
            }
            left = left.saturating_sub((letters + digits).max(1));
        }
    }
}

/// Returns how many bytes there are at the beginning for which this holds.
fn run(bytes: &[u8], holds: impl Fn(&u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| holds(byte)).count()
}

/// Returns the length of a terminal's escape sequence, which begins the text.
fn escape_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.get(1) != Some(&b'[') {
        return 1;
    }
    let parameters = run(bytes.get(2..).unwrap_or_default(), |b| {
        (0x20..0x40).contains(b)
    });
    let end = 2 + parameters;
    end + usize::from(bytes.get(end).is_some_and(|b| (0x40..0x7f).contains(b)))
}

/// Returns the length of a text up to the quote that ends it.
fn quoted_length(inside: &str, close: char) -> Option<usize> {
    let mut before = '\0';
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        // An apostrophe stands between letters.
        let ends_word = close != '\'' || !next.is_some_and(char::is_alphanumeric);
        if c == close && before != '\\' && ends_word {
            return Some(at);
        }
        before = c;
    }
    None
}

fn is_alphanumeric(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// Returns the length of what is shaped so: `0` stands for a digit, `x` for a hex digit, every other
/// byte for itself.
fn shape_length(bytes: &[u8], shape: &str) -> Option<usize> {
    let shape = shape.as_bytes();
    let start = bytes.get(..shape.len())?;
    let fits = start.iter().zip(shape).all(|(byte, wanted)| match wanted {
        b'0' => byte.is_ascii_digit(),
        b'x' => byte.is_ascii_hexdigit(),
        wanted => byte == wanted,
    });
    fits.then_some(shape.len())
}

fn uuid_length(bytes: &[u8]) -> Option<usize> {
    let length = shape_length(bytes, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")?;
    (!is_alphanumeric(bytes, length)).then_some(length)
}

/// A date, a time of day, or both, with fraction and zone.
fn time_length(bytes: &[u8]) -> Option<usize> {
    let after = |at: usize| bytes.get(at..).unwrap_or_default();
    let dates = ["0000-00-00", "0000/00/00", "0000.00.00"];
    let date = dates.iter().find_map(|shape| shape_length(bytes, shape));
    let mut end = date.unwrap_or(0);
    let joined = match bytes.get(end) {
        Some(b'T' | b't' | b' ' | b'_') if date.is_some() => end + 1,
        _ => end,
    };
    let seconds = shape_length(after(joined), "00:00:00");
    // Hours and minutes alone can be anything; behind a date they are a time.
    let minutes = || shape_length(after(joined), "00:00").filter(|_| date.is_some());
    if let Some(time) = seconds.or_else(minutes) {
        end = joined + time;
        if let Some(b'.' | b',') = bytes.get(end) {
            let digits = run(after(end + 1), u8::is_ascii_digit);
            end += if digits > 0 { 1 + digits } else { 0 };
        }
        let zones = ["Z", "z", "+00:00", "-00:00", "+0000", "-0000"];
        let zone = zones
            .iter()
            .find_map(|shape| shape_length(after(end), shape));
        end += zone.unwrap_or(0);
    }
    (end > 0 && !is_alphanumeric(bytes, end)).then_some(end)
}

/// An IPv4 address, with its port.
fn address_length(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    for part in 0..4 {
        if part > 0 {
            (bytes.get(end) == Some(&b'.')).then_some(())?;
            end += 1;
        }
        let digits = run(
            bytes.get(end..)?.get(..4).or(bytes.get(end..))?,
            u8::is_ascii_digit,
        );
        (1..=3).contains(&digits).then_some(())?;
        end += digits;
    }
    let port = run(bytes.get(end + 1..).unwrap_or_default(), u8::is_ascii_digit);
    if bytes.get(end) == Some(&b':') && (1..=5).contains(&port) {
        end += 1 + port;
    }
    (!is_alphanumeric(bytes, end)).then_some(end)
}

/// Returns the length of a number: digits, with points or commas among them, and an exponent.
fn number_length(bytes: &[u8]) -> usize {
    let digits_at = |at: usize| run(bytes.get(at..).unwrap_or_default(), u8::is_ascii_digit);
    let mut end = digits_at(0);
    while let Some(b'.' | b',') = bytes.get(end) {
        match digits_at(end + 1) {
            0 => break,
            digits => end += 1 + digits,
        }
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let digits = digits_at(end + 1 + sign);
        if digits > 0 && !is_alphanumeric(bytes, end + 1 + sign + digits) {
            end += 1 + sign + digits;
        }
    }
    end
}

/// Says whether a word of letters and digits is made up rather than written: hex, letters and digits
/// in turns, or long and of both.
fn is_id(word: &[u8]) -> bool {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    if digits == word.len() {
        return false;
    }
    if let [b'0', b'x' | b'X', hex @ ..] = word
        && !hex.is_empty()
    {
        return hex.iter().all(u8::is_ascii_hexdigit);
    }
    let turns = || {
        let pairs = word.windows(2);
        let turn =
            |pair: &&[u8]| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit());
        pairs.filter(turn).count()
    };
    let hex = || word.iter().all(u8::is_ascii_hexdigit);
    match word.len() {
        40.. => true,
        16.. if digits >= 2 => true,
        8.. if digits >= 1 && hex() => true,
        5.. => turns() >= 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
