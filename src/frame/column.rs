//! The value types of a column.

use std::fmt;

/// The values of a field. Only types that Grafana's host accepts exist here
/// (`data/arrow.go`: no large strings, dictionaries, lists or dates).
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Nanoseconds since the epoch, never absent.
    Time(Vec<i64>),
    /// Nanoseconds since the epoch.
    OptionalTime(Vec<Option<i64>>),
    /// Text, never absent.
    Text(Texts),
    /// Text.
    OptionalText(OptionalTexts),
    /// 64-bit floats, never absent.
    Number(Vec<f64>),
    /// 64-bit floats.
    OptionalNumber(Vec<Option<f64>>),
    /// Booleans.
    OptionalBool(Vec<Option<bool>>),
    /// JSON text a row (Arrow Binary, which Grafana reads as raw JSON), never absent.
    Json(Texts),
}

impl Column {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Time(values) => values.len(),
            Self::OptionalTime(values) => values.len(),
            Self::Text(values) | Self::Json(values) => values.len(),
            Self::OptionalText(values) => values.texts.len(),
            Self::Number(values) => values.len(),
            Self::OptionalNumber(values) => values.len(),
            Self::OptionalBool(values) => values.len(),
        }
    }

    /// Says whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes that the column takes, with room for values to come.
    pub fn memory(&self) -> usize {
        match self {
            Self::Time(values) => values.capacity() * size_of::<i64>(),
            Self::OptionalTime(values) => values.capacity() * size_of::<Option<i64>>(),
            Self::Text(texts) | Self::Json(texts) => texts.memory(),
            Self::OptionalText(texts) => texts.memory(),
            Self::Number(values) => values.capacity() * size_of::<f64>(),
            Self::OptionalNumber(values) => values.capacity() * size_of::<Option<f64>>(),
            Self::OptionalBool(values) => values.capacity() * size_of::<Option<bool>>(),
        }
    }
}

/// The most bytes that the texts of one column hold together: what Arrow's offsets can count.
const MOST_BYTES: usize = i32::MAX as usize;

/// Texts one behind the other, as Arrow keeps them: one allocation for all, and none to encode them.
///
/// A text that would take the column above 2 GiB is kept as the empty text; answers are bounded long
/// before that.
#[derive(Clone, PartialEq)]
pub struct Texts {
    text: String,
    /// Where the first text begins, and where each text ends.
    offsets: Vec<i32>,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            text: String::new(),
            offsets: vec![0],
        }
    }
}

impl Texts {
    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.push_with(|all| all.push_str(text));
    }

    /// Adds what `write` appends.
    pub fn push_with(&mut self, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        if self.text.len() > MOST_BYTES {
            self.text.truncate(start);
        }
        self.offsets.push(self.text.len() as i32);
    }

    /// Makes room for so many more bytes. If that takes moving all texts, there is room for as many as are
    /// `likely` to come, so that they move no more; but what is likely is a guess, so there is never
    /// room for more than there is already.
    pub fn make_room(&mut self, bytes: usize, likely: usize) {
        if self.text.capacity() - self.text.len() < bytes {
            let sure = self.text.len() + bytes;
            self.text
                .reserve_exact(likely.clamp(bytes, sure.max(bytes)));
        }
    }

    /// Makes room for so many more texts, whatever their bytes.
    pub fn make_rows(&mut self, rows: usize) {
        self.offsets.reserve_exact(rows);
    }

    /// Returns the text of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let start = *self.offsets.get(row)? as usize;
        let end = *self.offsets.get(row + 1)? as usize;
        self.text.get(start..end)
    }

    /// Returns the number of texts.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Says whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the bytes of all texts.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Returns the bytes that the texts take, with room for texts to come.
    pub fn memory(&self) -> usize {
        self.text.capacity() + self.offsets.capacity() * size_of::<i32>()
    }

    /// Returns the texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|row| self.get(row))
    }

    /// Returns the joined text, and Arrow's offsets into it.
    pub(super) fn into_parts(self) -> (String, Vec<i32>) {
        (self.text, self.offsets)
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push(text.as_ref());
        }
        all
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Texts of which some are absent.
#[derive(Clone, Default, PartialEq)]
pub struct OptionalTexts {
    /// The texts; the empty one where it is absent.
    texts: Texts,
    present: Vec<bool>,
}

impl OptionalTexts {
    /// Returns the bytes that the texts take, with room for texts to come.
    pub fn memory(&self) -> usize {
        self.texts.memory() + self.present.capacity()
    }

    /// Adds a text, or notes that there is none.
    pub fn push(&mut self, text: Option<&str>) {
        self.present.push(text.is_some());
        self.texts.push(text.unwrap_or_default());
    }

    /// Returns the text of a row; `None` where there is none.
    pub fn get(&self, row: usize) -> Option<&str> {
        let present = self.present.get(row).copied().unwrap_or_default();
        self.texts.get(row).filter(|_| present)
    }

    /// Returns the bytes of all texts.
    pub fn bytes(&self) -> usize {
        self.texts.bytes()
    }

    /// Returns the texts, and which of them are there.
    pub(super) fn into_parts(self) -> (Texts, Vec<bool>) {
        (self.texts, self.present)
    }
}

impl<T: AsRef<str>> FromIterator<Option<T>> for OptionalTexts {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push(text.as_ref().map(AsRef::as_ref));
        }
        all
    }
}

impl fmt::Debug for OptionalTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = 0..self.present.len();
        f.debug_list()
            .entries(rows.map(|row| self.get(row)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_grows_to_what_is_likely() {
        let mut texts = Texts::default();
        texts.push(&"x".repeat(1000));
        texts.make_room(10, 800);
        let room = |texts: &Texts| texts.text.capacity() - texts.text.len();
        assert_eq!(room(&texts), 800, "as much as is likely");
        texts.make_room(50, 9000);
        assert_eq!(room(&texts), 800, "there is room");
        texts.make_room(6000, 0);
        assert_eq!(room(&texts), 6000, "as much as is asked for");
        texts.make_room(7000, usize::MAX);
        assert_eq!(room(&texts), 8000, "no more than there is then");
    }

    #[test]
    fn texts_are_read_back_by_row() {
        let texts: Texts = ["a", "", "组"].into_iter().collect();
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a", "", "组"]);
        assert_eq!((texts.get(2), texts.get(3)), (Some("组"), None));
        let texts: OptionalTexts = [Some(""), None, Some("x")].into_iter().collect();
        let rows = [0, 1, 2, 3].map(|row| texts.get(row));
        assert_eq!(rows, [Some(""), None, Some("x"), None]);
    }
}
