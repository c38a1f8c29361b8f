//! The one pass over the body of an answer to a log query: lines go straight to where they stay, equal
//! labels and metadata are kept once.

use std::borrow::Cow;
use std::ops::Range;

use super::cursor::{Cursor, Problem, Room};
use super::logs::{LogAnswer, Stored};
use super::pairs::{NONE, Sharing};
use super::recent::Recent;
use super::some_of;
use super::stats::Stats;
use crate::capacity::Held;

/// An answer as far as it is read.
struct Reading<'t> {
    text: &'t str,
    lines: Room,
    entries: Vec<Stored>,
    sharing: Sharing,
    /// The third elements of the last entries as they are written, with their metadata and parsed
    /// labels: most entries have one of a handful.
    known: Recent<(&'t str, [u32; 2])>,
}

/// Reads a body; `None` when it is the answer to something else than a log query.
pub(super) fn read(text: &str) -> Result<Option<LogAnswer>, Problem> {
    let mut reading = Reading {
        text,
        lines: Room::new(text.len()),
        entries: Vec::new(),
        sharing: Sharing::default(),
        known: Recent::default(),
    };
    let (mut success, mut of_streams) = (false, false);
    let mut stats = Stats::default();
    let mut warnings = Vec::new();
    let mut cursor = Cursor::new(text);
    cursor.object("an object", |cursor, key| {
        match key {
            "status" => success = cursor.string()? == "success",
            "data" => cursor.object("an object with resultType and result", |cursor, key| {
                match key {
                    "resultType" => of_streams = cursor.string()? == "streams",
                    "result" => reading.streams(cursor)?,
                    "stats" => stats = Stats::decode(cursor.value()?),
                    _ => drop(cursor.value()?),
                }
                Ok(())
            })?,
            "warnings" if !cursor.null() => cursor.list("a list of warnings", |cursor| {
                warnings.push(cursor.string()?.into_owned());
                Ok(())
            })?,
            "warnings" => {}
            _ => drop(cursor.value()?),
        }
        Ok(())
    })?;
    if !cursor.is_at_end() {
        return Err(cursor.problem("the end"));
    }
    Ok((success && of_streams).then(|| LogAnswer {
        stats,
        warnings: some_of(warnings),
        text: reading.lines.into_text(),
        entries: reading.entries,
        sets: reading.sharing.sets(),
        held: Held::default(),
    }))
}

impl<'t> Reading<'t> {
    /// Reads the list of streams; `null` is how Go writes a list that was never made.
    fn streams(&mut self, cursor: &mut Cursor<'t>) -> Result<(), Problem> {
        if cursor.null() {
            return Ok(());
        }
        cursor.list("a list of streams", |cursor| self.stream(cursor))
    }

    fn stream(&mut self, cursor: &mut Cursor<'t>) -> Result<(), Problem> {
        let first = self.entries.len();
        let mut labels = None;
        let mut has_values = false;
        cursor.object("an object with stream and values", |cursor, key| {
            match key {
                "stream" => labels = Some(self.pairs(cursor)?),
                "values" => {
                    has_values = true;
                    // The labels come first; where they do not, the entries get them at the end.
                    let labels = labels.unwrap_or(NONE);
                    cursor.list("a list of entries", |cursor| self.entry(cursor, labels))?;
                }
                _ => drop(cursor.value()?),
            }
            Ok(())
        })?;
        let Some(labels) = labels.filter(|_| has_values) else {
            return Err(cursor.problem("stream and values before the end of a stream"));
        };
        for entry in self.entries.iter_mut().skip(first) {
            entry.labels = labels;
        }
        Ok(())
    }

    /// Reads `[nanoseconds, line]` or `[nanoseconds, line, categories]`.
    fn entry(&mut self, cursor: &mut Cursor<'t>, labels: u32) -> Result<(), Problem> {
        let mut place = 0;
        let mut stored = Stored {
            timestamp_ns: 0,
            line: Range::default(),
            labels,
            metadata: NONE,
            parsed: NONE,
        };
        cursor.list(
            "an entry: a list of nanoseconds, line, categories",
            |cursor| {
                match place {
                    0 => {
                        let time = cursor.string()?.parse();
                        stored.timestamp_ns =
                            time.map_err(|_| cursor.problem("nanoseconds before"))?;
                    }
                    1 => {
                        let start = self.lines.len();
                        cursor.string_into(&mut self.lines)?;
                        stored.line = start..self.lines.len();
                    }
                    2 => [stored.metadata, stored.parsed] = self.categories(cursor)?,
                    // A later Loki may say more.
                    _ => drop(cursor.value()?),
                }
                place += 1;
                Ok(())
            },
        )?;
        if place < 2 {
            return Err(cursor.problem("a time and a line before the end of an entry"));
        }
        self.entries.push(stored);
        Ok(())
    }

    /// Reads the third element of an entry: its metadata, and what the query parsed.
    fn categories(&mut self, cursor: &mut Cursor<'t>) -> Result<[u32; 2], Problem> {
        if cursor.peek() != Some(b'{') {
            if cursor.null() {
                return Ok([NONE; 2]);
            }
            return Err(cursor.problem("an object with structuredMetadata and parsed"));
        }
        let (start, rest) = (cursor.at(), cursor.rest());
        let known = self.known.iter().find(|(known, _)| rest.starts_with(known));
        if let Some((known, sets)) = known {
            cursor.skip(known.len());
            return Ok(*sets);
        }
        let mut sets = [NONE; 2];
        let [metadata, parsed] = &mut sets;
        cursor.object(
            "an object with structuredMetadata and parsed",
            |cursor, key| {
                match key {
                    "structuredMetadata" => *metadata = self.pairs(cursor)?,
                    "parsed" => *parsed = self.pairs(cursor)?,
                    _ => drop(cursor.value()?),
                }
                Ok(())
            },
        )?;
        let written = self.text.get(start..cursor.at()).unwrap_or_default();
        self.known.keep((written, sets));
        Ok(sets)
    }

    /// Reads an object of names and values, or `null`.
    fn pairs(&mut self, cursor: &mut Cursor<'t>) -> Result<u32, Problem> {
        self.sharing.begin();
        if !cursor.null() {
            cursor.object("an object of label names and values", |cursor, name| {
                let value: Cow<'_, str> = cursor.string()?;
                self.sharing.add(name, &value);
                Ok(())
            })?;
        }
        Ok(self.sharing.shared())
    }
}
