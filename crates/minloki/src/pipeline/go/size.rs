//! Sizes in bytes, as the library reads them that Loki uses for that.
//! Source: <https://pkg.go.dev/github.com/dustin/go-humanize#ParseBytes>.

use super::float::parse_float;

/// Reads `10KB`, `1.5 MiB`, `1,000`; the unit in any case, a blank before it.
///
/// # Errors
/// The library's words.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end).unwrap_or((text, ""));
    let value = parse_float(&number.replace(',', ""))?;
    let unit = unit.trim().to_lowercase();
    let factor = factor_of(&unit).ok_or_else(|| format!("unhandled size name: {unit}"))?;
    let bytes = value * factor;
    if bytes >= u64::MAX as f64 {
        return Err(format!("too large: {text}"));
    }
    Ok(bytes as u64)
}

fn factor_of(unit: &str) -> Option<f64> {
    let (prefix, binary) = match unit {
        "" | "b" => return Some(1.0),
        unit => match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('i')) {
            Some(prefix) => (prefix, true),
            None => (unit.strip_suffix('b').unwrap_or(unit), false),
        },
    };
    let power = ["k", "m", "g", "t", "p", "e"]
        .iter()
        .position(|known| *known == prefix)?;
    let base: f64 = if binary { 1024.0 } else { 1000.0 };
    Some(base.powi(power as i32 + 1))
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn reads_what_the_library_reads() {
        for (text, bytes) in [
            ("10", 10),
            ("10B", 10),
            ("1KB", 1000),
            ("1 kib", 1024),
            ("1,000", 1000),
            ("5 ", 5),
            ("1.5M", 1_500_000),
            ("1Gi", 1 << 30),
            ("5EB", 5_000_000_000_000_000_000),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for (text, error) in [
            ("1h", "unhandled size name: h"),
            ("1e3KB", "unhandled size name: e3kb"),
            ("20EB", "too large: 20EB"),
            (
                "1.5.5MB",
                "strconv.ParseFloat: parsing \"1.5.5\": invalid syntax",
            ),
            ("-1", "strconv.ParseFloat: parsing \"\": invalid syntax"),
        ] {
            assert_eq!(parse_size(text), Err(error.to_owned()));
        }
    }
}
