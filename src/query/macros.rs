//! `$__interval` and its kin, replaced here because alerts and public dashboards never run
//! TypeScript.

/// What the macros stand for in one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacroContext {
    /// The panel's interval, in milliseconds.
    pub interval_ms: i64,
    /// The range's length, in milliseconds.
    pub range_ms: i64,
    /// Whether the query is an instant one: `$__auto` is then the range.
    pub instant: bool,
}

/// Returns `text` with the macros replaced, each written `$__name` or `${__name}`.
pub fn expand(text: &str, context: &MacroContext) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        match read_macro(after, context) {
            Some((value, after)) => {
                expanded.push_str(&value);
                rest = after;
            }
            None => {
                expanded.push('$');
                rest = after;
            }
        }
    }
    expanded.push_str(rest);
    expanded
}

/// Reads a macro's name behind its `$`; returns what it stands for and what follows it.
fn read_macro<'t>(text: &'t str, context: &MacroContext) -> Option<(String, &'t str)> {
    if let Some(inner) = text.strip_prefix('{') {
        let (name, rest) = inner.split_once('}')?;
        return Some((value_of(name, context)?, rest));
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    Some((value_of(name, context)?, rest))
}

fn value_of(name: &str, context: &MacroContext) -> Option<String> {
    let interval = context.interval_ms.max(1);
    let range = context.range_ms.max(1);
    Some(match name {
        "__interval" => duration(interval),
        "__interval_ms" => interval.to_string(),
        "__range" => duration(range),
        "__range_s" => ((range + 500) / 1000).max(1).to_string(),
        "__range_ms" => range.to_string(),
        "__auto" if context.instant => duration(range),
        "__auto" => duration(interval),
        "__rate_interval" => duration((interval.saturating_add(15_000)).max(60_000)),
        _ => return None,
    })
}

/// Writes a duration as LogQL takes it: whole seconds where it is some.
fn duration(milliseconds: i64) -> String {
    if milliseconds % 1000 == 0 {
        format!("{}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macros_are_replaced_and_nothing_else() {
        let context = MacroContext {
            interval_ms: 30_000,
            range_ms: 3_600_500,
            instant: false,
        };
        for (text, expected) in [
            ("[$__interval]", "[30s]"),
            ("[${__interval}] $__interval_ms", "[30s] 30000"),
            ("$__range $__range_s $__range_ms", "3600500ms 3601 3600500"),
            ("[$__auto] [$__rate_interval]", "[30s] [60s]"),
            (
                "$__unknown $ $$__interval ${__x} ${",
                "$__unknown $ $30s ${__x} ${",
            ),
            ("$__intervals a$", "$__intervals a$"),
            ("\"\\\\d+$\" | x", "\"\\\\d+$\" | x"),
        ] {
            assert_eq!(expand(text, &context), expected);
        }
        let instant = MacroContext {
            instant: true,
            ..context
        };
        assert_eq!(expand("[$__auto]", &instant), "[3600500ms]");
    }
}
