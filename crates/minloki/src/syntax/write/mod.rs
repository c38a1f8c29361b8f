//! From the tree to text.
//!
//! There are two spellings. `Display` writes what parses to the same tree again. Loki's own
//! ([`pretty`], the answer of `format_query`) rounds sizes and has faults of its own.

mod filter;
mod log;
mod metric;
mod pretty;

use std::fmt::{self, Display};

use super::ast::{Expr, LabelFilter, LogExpr, Matcher, MetricExpr, Stage};
pub use pretty::pretty;

/// How a tree is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// So that it parses to the same tree.
    Exact,
    /// As Loki prints it.
    Loki,
}

/// Writes a tree in one line.
struct Writer {
    out: String,
    spelling: Spelling,
}

impl Writer {
    /// Writes with a function of the writer's.
    fn text(spelling: Spelling, write: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self {
            out: String::new(),
            spelling,
        };
        write(&mut writer);
        writer.out
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn is_exact(&self) -> bool {
        self.spelling == Spelling::Exact
    }

    /// Writes items with a separator between them.
    fn list<T>(&mut self, separator: &str, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            write(self, item);
        }
    }
}

macro_rules! displayed {
    ($($type:ty => $method:ident),+ $(,)?) => {$(
        impl Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&Writer::text(Spelling::Exact, |writer| writer.$method(self)))
            }
        }
    )+};
}

displayed! {
    LabelFilter => label_filter,
    LogExpr => log_expr,
    Matcher => matcher,
    MetricExpr => metric_expr,
    Stage => stage,
}

impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(log) => log.fmt(f),
            Self::Metric(metric) => metric.fmt(f),
        }
    }
}
