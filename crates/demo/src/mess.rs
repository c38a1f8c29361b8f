//! The kinds of mess, and which of them a line can be made into.

use super::config::{Layout, System};
use super::dice::Dice;
use super::draft::{Draft, Format, Value};

/// Something that is wrong with a line; how each is read is said in `docs` of the project
/// (semantics, section 4: how a line is read).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mess {
    /// Another writer's plain line: unreadable.
    PlainText,
    /// A stack trace over several physical lines: unreadable.
    StackTrace,
    /// A single blank: unreadable.
    BlankLine,
    /// A line that begins with a colour code: unreadable.
    AnsiLine,
    /// Cut off inside the last text or behind a separator: what ended before the cut is readable.
    Truncated,
    /// A blank, a tab or (JSON) a byte order mark in front: unreadable.
    LeadingBlank,
    /// Words or physical lines behind a whole line: readable, the rest is not read.
    TrailingText,
    /// Words without `=` between pairs: skipped.
    StrayWords,
    /// Colour codes inside the message: part of its text.
    AnsiMessage,
    /// U+FFFD in a JSON text: reads as a blank.
    Replaced,
    /// A message of 64 KiB.
    BigLine,
    /// A message full of quotes, braces, newlines.
    OddText,
    /// The nanosecond of the line before it.
    SameNanosecond,
    /// The line's own time lies seconds to minutes before the entry's.
    Late,
    /// One or two usual fields are not there.
    MissingField,
    /// A number as text, or a text that is no number.
    WrongType,
    /// Keys that no schema has, with dots, dashes, quotes and Unicode.
    OddKeys,
    /// A key twice, with different values: the first wins.
    DuplicateKey,
    /// A label or metadata that says another id than the line; the `Mixed` layout only.
    Conflict,
}

/// Each kind with its name and weight.
const KINDS: [(Mess, &str, u32); 19] = [
    (Mess::PlainText, "plain text", 10),
    (Mess::StackTrace, "stack trace", 8),
    (Mess::BlankLine, "blank line", 4),
    (Mess::AnsiLine, "ansi line", 6),
    (Mess::Truncated, "truncated", 12),
    (Mess::LeadingBlank, "leading blank", 6),
    (Mess::TrailingText, "trailing text", 6),
    (Mess::StrayWords, "stray words", 6),
    (Mess::AnsiMessage, "ansi message", 8),
    (Mess::Replaced, "replaced character", 6),
    (Mess::BigLine, "big line", 1),
    (Mess::OddText, "odd text", 8),
    (Mess::SameNanosecond, "same nanosecond", 10),
    (Mess::Late, "late", 10),
    (Mess::MissingField, "missing field", 10),
    (Mess::WrongType, "wrong type", 10),
    (Mess::OddKeys, "odd keys", 10),
    (Mess::DuplicateKey, "duplicate key", 8),
    (Mess::Conflict, "conflicting ids", 10),
];

/// The names of all kinds of mess.
///
/// "stray words" happens to `tskv` only, "replaced character" to the JSON systems, "conflicting
/// ids" to the `Mixed` layout.
pub fn mess_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.into_iter().map(|(_, name, _)| name)
}

/// Fields that a messy line may lack.
pub(super) const LOSABLE: [&str; 7] = [
    "level",
    "time",
    "message",
    "event",
    "trace_id",
    "status_code",
    "event_type",
];

impl Mess {
    /// The kind's name.
    pub(super) fn name(self) -> &'static str {
        let found = KINDS.iter().find(|(kind, _, _)| *kind == self);
        found.map_or("", |(_, name, _)| name)
    }

    /// Picks a kind that this line can be made into.
    pub(super) fn pick(
        dice: &mut Dice,
        draft: &Draft,
        (system, layout): (System, Layout),
        has_previous: bool,
    ) -> Self {
        let possible = |kind: Self| match kind {
            Self::SameNanosecond => has_previous,
            Self::Conflict => layout == Layout::Mixed,
            _ => true,
        };
        let kinds = KINDS
            .iter()
            .filter(|(kind, _, _)| possible(*kind) && kind.suits(draft, system));
        let table: Vec<(u32, Self)> = kinds.map(|(kind, _, weight)| (*weight, *kind)).collect();
        dice.weighted(&table)
    }

    fn suits(self, draft: &Draft, system: System) -> bool {
        let any = |test: &dyn Fn(&Value) -> bool| draft.fields.iter().any(|f| test(&f.value));
        let has = |names: &[&str]| draft.fields.iter().any(|f| names.contains(&f.name));
        match self {
            Self::PlainText
            | Self::StackTrace
            | Self::BlankLine
            | Self::AnsiLine
            | Self::SameNanosecond => true,
            _ if matches!(draft.format, Format::Foreign(_)) => false,
            Self::StrayWords => draft.format == Format::Tskv,
            Self::Replaced => draft.format != Format::Tskv,
            Self::WrongType => any(&|value| matches!(value, Value::Number(_))),
            Self::MissingField => has(&LOSABLE),
            Self::Conflict => has(system.ids()),
            _ => true,
        }
    }
}
