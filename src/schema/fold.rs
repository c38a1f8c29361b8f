//! Case as Loki's regular expressions fold it: LogQL compares levels with `(?i)`, and the columns must
//! say of each word what the filters found.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Returns a text such that two are equal if `(?i)` takes one for the other (Unicode's simple case
/// folding: `ſ` is an s, the Kelvin sign a k, `ß` no ss).
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().map(fold).collect()
}

/// No alphabet with two cases lies behind these planes.
const LAST_CASED: char = '\u{1ffff}';

/// Returns the characters that `(?i)` takes for this one, itself among them.
pub fn alike(character: char) -> Vec<char> {
    static ALIKE: OnceLock<HashMap<char, Vec<char>>> = OnceLock::new();
    let alike = ALIKE.get_or_init(|| {
        let mut alike: HashMap<char, Vec<char>> = HashMap::new();
        for other in ('\0'..=LAST_CASED).filter(|other| fold(*other) != *other) {
            let folded = fold(other);
            alike
                .entry(folded)
                .or_insert_with(|| vec![folded])
                .push(other);
        }
        alike
    });
    let found = alike.get(&fold(character)).cloned();
    found.unwrap_or_else(|| vec![character])
}

fn fold(character: char) -> char {
    // Its capital is I, whose small letter is i, but no folding joins them.
    const DOTLESS_I: char = 'ı';
    if character == DOTLESS_I {
        return character;
    }
    // Of characters that become several, none is folded.
    let capital = single(character.to_uppercase()).unwrap_or(character);
    single(capital.to_lowercase()).unwrap_or(capital)
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    characters.next().filter(|_| characters.next().is_none())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use regex::Regex;

    use super::*;

    #[test]
    fn characters_are_folded_as_expressions_fold_them() {
        let has_case = |character: &char| {
            !character.to_lowercase().eq([*character]) || !character.to_uppercase().eq([*character])
        };
        // Loki's Go knows Unicode 15.0; later ones have more letters, and fold these six.
        let known = Regex::new(r"\A\p{age=15.0}\z").unwrap();
        let is_known = |character: &char| known.is_match(character.encode_utf8(&mut [0; 4]));
        let folded_later = "\u{390}\u{1fd3}\u{3b0}\u{1fe3}\u{fb05}\u{fb06}";
        let all: String = ('\0'..=char::MAX)
            .filter(|character| has_case(character) && is_known(character))
            .filter(|character| !folded_later.contains(*character))
            .collect();
        let mut alike: BTreeMap<char, Vec<char>> = BTreeMap::new();
        for character in all.chars() {
            alike.entry(fold(character)).or_default().push(character);
        }
        assert!(all.chars().all(|character| character <= LAST_CASED));
        assert!(alike.len() > 1400, "{}", alike.len());
        for (folded, alike) in alike {
            let expression = Regex::new(&format!("(?i){folded}")).unwrap();
            let found = expression.find_iter(&all).map(|found| found.as_str());
            let found: Vec<char> = found.flat_map(str::chars).collect();
            assert_eq!(found, alike, "{folded:?}");
        }
        assert_eq!(fold('组'), '组');
        assert_eq!(super::alike('组'), ['组']);
        assert_eq!(super::alike('K'), ['k', 'K', '\u{212a}']);
        assert_eq!(super::alike('ς'), ['σ', 'Σ', 'ς']);
    }

    #[test]
    fn texts_are_folded() {
        for (text, want) in [
            ("ERROR", "error"),
            ("Verboſe", "verbose"),
            ("\u{212a}aputt", "kaputt"),
            ("ОШИБКА", "ошибка"),
            ("STRASSE", "strasse"),
            ("Straße", "straße"),
            ("ınfo", "ınfo"),
        ] {
            assert_eq!(folded(text), want);
        }
    }
}
