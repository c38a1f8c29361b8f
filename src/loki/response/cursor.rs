//! A place in a JSON text, moved on by whoever knows what must stand there.
//!
//! Answers to log queries are nearly all strings full of escaped quotes. Each is decoded here eight
//! bytes at a time straight to where it stays; a parser that hands texts over copies them twice and
//! takes twice as long. Values that nobody needs, and those that are small, are left to serde.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// What should have stood where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    expected: &'static str,
    at: usize,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.at)
    }
}

/// A place in a JSON text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    /// Stands before the first byte.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns where it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Makes the problem that something else stands here.
    pub fn problem(&self, expected: &'static str) -> Problem {
        Problem {
            expected,
            at: self.at,
        }
    }

    /// Returns what is left.
    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes past bytes that the caller has looked at in [`Cursor::rest`].
    pub fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Returns the next byte that is no blank, and stands before it.
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    /// Goes past this byte if it is the next.
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Goes past `null` if it is the next.
    pub fn null(&mut self) -> bool {
        let found = self.peek() == Some(b'n') && self.rest().starts_with("null");
        self.at += if found { "null".len() } else { 0 };
        found
    }

    /// Says whether nothing is left.
    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Reads an object; `each` reads the value of a key.
    pub fn object(
        &mut self,
        expected: &'static str,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.open(b'{', expected)?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.open(b':', "a colon")?;
            each(self, &key)?;
            if !self.take(b',') {
                return self.open(b'}', "a comma or the end of an object");
            }
        }
    }

    /// Reads a list; `each` reads an element.
    pub fn list(
        &mut self,
        expected: &'static str,
        mut each: impl FnMut(&mut Self) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.open(b'[', expected)?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if !self.take(b',') {
                return self.open(b']', "a comma or the end of a list");
            }
        }
    }

    /// Reads any value and returns it as it is written.
    pub fn value(&mut self) -> Result<&'t str, Problem> {
        self.peek();
        let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<&RawValue>();
        let Some(Ok(value)) = values.next() else {
            return Err(self.problem("a value"));
        };
        self.at += value.get().len();
        Ok(value.get())
    }

    /// Reads a string; one without escapes is not copied.
    pub fn string(&mut self) -> Result<Cow<'t, str>, Problem> {
        self.open(b'"', "a string")?;
        let (start, bytes) = (self.at, self.text.as_bytes());
        while let Some(word) = eight(bytes, self.at) {
            let found = special(u64::from_le_bytes(word));
            self.at += first_of(found);
            if found != 0 {
                break;
            }
        }
        while bytes.get(self.at).is_some_and(|byte| !is_special(*byte)) {
            self.at += 1;
        }
        if bytes.get(self.at) == Some(&b'"') {
            let text = self.text.get(start..self.at).unwrap_or_default();
            self.at += 1;
            return Ok(Cow::Borrowed(text));
        }
        self.at = start - 1;
        let end = bytes.len().min(self.at + string_room(bytes, start));
        let mut room = Room::new(end - self.at);
        self.string_into(&mut room)?;
        Ok(Cow::Owned(room.into_text()))
    }

    /// Reads a string to the end of `room`.
    pub fn string_into(&mut self, room: &mut Room) -> Result<(), Problem> {
        self.open(b'"', "a string")?;
        loop {
            let input = self.rest().as_bytes();
            let output = room.bytes.get_mut(room.len..).unwrap_or_default();
            let (read, written) = copy_plain(input, output);
            self.at += read;
            room.len += written;
            match input.get(read) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(room)?;
                }
                _ => return Err(self.problem("the end of a string")),
            }
        }
    }

    /// Decodes what stands behind a backslash.
    fn escape(&mut self, room: &mut Room) -> Result<(), Problem> {
        let byte = match self.text.as_bytes().get(self.at) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'u') => {
                self.at += 1;
                let character = self.character()?;
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    room.push(byte);
                }
                return Ok(());
            }
            _ => return Err(self.problem("an escape")),
        };
        self.at += 1;
        room.push(byte);
        Ok(())
    }

    /// Decodes `XXXX`, or the pair `XXXX\uXXXX` of a character beyond the first plane.
    fn character(&mut self) -> Result<char, Problem> {
        let first = self.hex()?;
        let code = match first {
            0xD800..0xDC00 if self.rest().starts_with("\\u") => {
                self.at += 2;
                let low = self.hex()?.wrapping_sub(0xDC00);
                if low > 0x3FF {
                    return Err(self.problem("the second half of a character"));
                }
                0x1_0000 + ((first - 0xD800) << 10) + low
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(|| self.problem("a character"))
    }

    fn hex(&mut self) -> Result<u32, Problem> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.unwrap_or_default().iter();
        let digits = digits.map(|digit| char::from(*digit).to_digit(16));
        let (code, count) = digits.fold((Some(0), 0), |(code, count), digit| {
            let code = code.zip(digit).map(|(code, digit)| (code << 4) + digit);
            (code, count + 1)
        });
        let code = code.filter(|_| count == 4);
        let code = code.ok_or_else(|| self.problem("four hex digits"))?;
        self.at += 4;
        Ok(code)
    }

    fn open(&mut self, byte: u8, expected: &'static str) -> Result<(), Problem> {
        if self.take(byte) {
            return Ok(());
        }
        Err(self.problem(expected))
    }
}

/// A place for decoded strings, one behind the other: as large as the text that they are written in,
/// because no escape is shorter than what it stands for.
pub(super) struct Room {
    bytes: Vec<u8>,
    len: usize,
}

impl Room {
    /// Makes room for what so many bytes can hold.
    pub fn new(bytes: usize) -> Self {
        Self {
            bytes: vec![0; bytes],
            len: 0,
        }
    }

    /// Returns the bytes so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns the text.
    pub fn into_text(mut self) -> String {
        self.bytes.truncate(self.len);
        // It is UTF-8, since it comes from a `str` and only ASCII was replaced.
        String::from_utf8(self.bytes).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }
}

/// Copies what is no quote and no escape, but for those that stand for themselves; returns how many bytes
/// that were, and how many they became.
fn copy_plain(input: &[u8], output: &mut [u8]) -> (usize, usize) {
    let (mut from, mut to) = (input, &mut *output);
    loop {
        // Eight bytes are copied whatever they are; what is behind the first special one is written over.
        while let (Some(word), Some(copy)) = (from.first_chunk(), to.first_chunk_mut()) {
            *copy = *word;
            let plain = first_of(special(u64::from_le_bytes(*word)));
            from = from.get(plain..).unwrap_or_default();
            to = std::mem::take(&mut to).get_mut(plain..).unwrap_or_default();
            if plain < 8 {
                break;
            }
        }
        let (byte, behind) = match from {
            [b'\\', byte @ (b'"' | b'\\' | b'/'), behind @ ..] => (*byte, behind),
            [byte, behind @ ..] if !is_special(*byte) => (*byte, behind),
            _ => break,
        };
        let Some(copy) = to.first_mut() else {
            break;
        };
        *copy = byte;
        from = behind;
        to = std::mem::take(&mut to).get_mut(1..).unwrap_or_default();
    }
    let room = to.len();
    (input.len() - from.len(), output.len() - room)
}

/// Returns an upper bound of the bytes of the string whose inside begins at `start`, its quotes included.
fn string_room(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        match bytes.get(at) {
            None | Some(b'"') => return at - start + 2,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

fn eight(bytes: &[u8], at: usize) -> Option<[u8; 8]> {
    bytes.get(at..)?.first_chunk().copied()
}

const fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// Marks special bytes by their highest bit. Behind the lowest mark there may be wrong ones.
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let marks = (word.wrapping_sub(ONES * b' ' as u64) & !word)
        | (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash);
    marks & (ONES << 7)
}

/// Returns the number of bytes before the lowest mark: eight if there is none.
const fn first_of(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}
