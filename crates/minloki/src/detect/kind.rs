//! What a value looks like.

/// Returns Loki's word for the kind of a value: the first that fits.
pub fn kind_of(value: &str) -> &'static str {
    if value.parse::<i64>().is_ok() {
        "int"
    } else if is_float(value) {
        "float"
    } else if is_boolean(value) {
        "boolean"
    } else if is_duration(value) {
        "duration"
    } else if is_size(value) {
        "bytes"
    } else {
        "string"
    }
}

fn is_float(text: &str) -> bool {
    let number = text.parse::<f64>();
    // What is too large for a float is none.
    let is_named = text.ends_with(|c: char| c.is_ascii_alphabetic());
    number.is_ok_and(|number| number.is_finite() || is_named)
}

fn is_boolean(text: &str) -> bool {
    matches!(
        text,
        "t" | "T" | "true" | "True" | "TRUE" | "f" | "F" | "false" | "False" | "FALSE"
    )
}

/// Says whether it is a duration of Go: `1h30m`, `-1.5s`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let begins = !rest.is_empty();
    while !rest.is_empty() {
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        if behind.len() == rest.len() {
            return false;
        }
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let Some(next) = units.iter().find_map(|unit| behind.strip_prefix(unit)) else {
            return false;
        };
        rest = next;
    }
    begins
}

/// Says whether it is a number of bytes: `5KB`, `1.5 MiB`, `1,000`.
fn is_size(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
    let number = text.strip_suffix(unit).unwrap_or_default().replace(',', "");
    let has_digit = text.starts_with(|c: char| c.is_ascii_digit()) && number.parse::<f64>().is_ok();
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let unit = unit.strip_suffix('i').unwrap_or(unit);
    has_digit && ["", "k", "m", "g", "t", "p", "e"].contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Loki 3.7.6 said them.
    #[test]
    fn kinds() {
        for (kind, values) in [
            ("int", &["1", "0", "-5", "+5", "007"][..]),
            (
                "float",
                &[
                    "1.5",
                    ".5",
                    "5.",
                    "1e3",
                    "inf",
                    "NaN",
                    "infinity",
                    "99999999999999999999",
                ],
            ),
            ("boolean", &["t", "F", "true", "TRUE", "False"]),
            (
                "duration",
                &["5s", "1h30m", "-5s", "5ms", "5us", "5µs", "1.5h", "0s"],
            ),
            (
                "bytes",
                &["5KB", "5 kb", "5B", "5MiB", "5k", "1,000", "1.5KB"],
            ),
            (
                "string",
                &[
                    "",
                    "abc",
                    "yes",
                    "5d",
                    "0x10",
                    "1e400",
                    "2026-01-01T00:00:00Z",
                    "tRue",
                ],
            ),
        ] {
            for value in values {
                assert_eq!(kind_of(value), kind, "{value}");
            }
        }
    }
}
