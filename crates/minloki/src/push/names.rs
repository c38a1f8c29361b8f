//! Names of labels and metadata.

/// Where a label's name is wrong, in Loki's words; `column` is the name's first character in the text of the
/// whole label set, counted from 1.
pub fn label_problem(name: &str, column: usize) -> Option<String> {
    let wrong = name.char_indices().find(|(place, c)| {
        !(c.is_ascii_alphabetic() || *c == '_' || (*place > 0 && c.is_ascii_digit()))
    });
    let problem = match wrong {
        None if !name.is_empty() => return None,
        None => "unexpected \"=\" in label set, expected identifier or \"}\"".to_owned(),
        Some((_, c)) => format!("unexpected character inside braces: '{c}'"),
    };
    let place = wrong.map_or(0, |(place, _)| {
        name.get(..place).unwrap_or_default().chars().count()
    });
    Some(format!(
        "couldn't parse labels: 1:{}: parse error: {problem}",
        column + place
    ))
}

/// Makes a label's name of a name of metadata: what is not allowed becomes `_`, several of which become one.
///
/// # Errors
/// Nothing is left of it; in Loki's words.
pub fn metadata_name(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("label name is empty".to_owned());
    }
    let is_reserved = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if is_reserved && name.chars().all(is_allowed) {
        return Ok(name.to_owned());
    }
    let mut clean = String::with_capacity(name.len());
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        clean.push_str("key_");
    }
    for c in name.chars() {
        let c = if is_allowed(c) { c } else { '_' };
        if c != '_' || !clean.ends_with('_') {
            clean.push(c);
        }
    }
    if clean == "_" {
        return Err(format!(
            "normalization for label name \"{name}\" resulted in invalid name \"_\""
        ));
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_metadata() {
        for (name, clean) in [
            ("a.b", "a_b"),
            ("a--b", "a_b"),
            ("__a", "_a"),
            ("a__b", "a_b"),
            ("a.", "a_"),
            ("__x__", "__x__"),
            ("1.2", "key_1_2"),
            ("aéb", "a_b"),
            ("A-b", "A_b"),
        ] {
            assert_eq!(metadata_name(name).as_deref(), Ok(clean), "{name}");
        }
        for name in ["", "_", "__", "日本", "."] {
            assert!(metadata_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn names_of_labels() {
        for name in ["a", "_", "a1", "A_b"] {
            assert_eq!(label_problem(name, 2), None);
        }
        let problem = |name| label_problem(name, 2).unwrap();
        assert_eq!(
            problem("jo-b"),
            "couldn't parse labels: 1:4: parse error: unexpected character inside braces: '-'"
        );
        assert!(problem("1job").contains("1:2:") && problem("").contains("expected identifier"));
    }
}
