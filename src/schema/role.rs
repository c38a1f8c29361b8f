//! Roles: what a field means in every system.

use std::fmt;

/// What a field means across systems. Query types ask for roles, so that `trace` works on every
/// system that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it; log-formats fixes them")]
pub enum Role {
    Time,
    Level,
    Message,
    Portfolio,
    Strategy,
    Run,
    Trace,
    Span,
    ParentSpan,
    Service,
    Component,
    Event,
    Symbol,
    Duration,
    BusinessTime,
    ErrorType,
    Status,
    Request,
}

impl Role {
    /// All roles, in the order in which tables show them.
    pub const ALL: [Self; 18] = [
        Self::Time,
        Self::Level,
        Self::Message,
        Self::Portfolio,
        Self::Strategy,
        Self::Run,
        Self::Trace,
        Self::Span,
        Self::ParentSpan,
        Self::Service,
        Self::Component,
        Self::Event,
        Self::Symbol,
        Self::Duration,
        Self::BusinessTime,
        Self::ErrorType,
        Self::Status,
        Self::Request,
    ];

    /// Returns the role's name, as settings spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Level => "level",
            Self::Message => "message",
            Self::Portfolio => "portfolio",
            Self::Strategy => "strategy",
            Self::Run => "run",
            Self::Trace => "trace",
            Self::Span => "span",
            Self::ParentSpan => "parent_span",
            Self::Service => "service",
            Self::Component => "component",
            Self::Event => "event",
            Self::Symbol => "symbol",
            Self::Duration => "duration",
            Self::BusinessTime => "business_time",
            Self::ErrorType => "error_type",
            Self::Status => "status",
            Self::Request => "request",
        }
    }

    /// Returns the role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
