//! Names: of labels, and of keys inside JSON lines.

use std::fmt;

/// The words that Loki's lexer takes for itself, in any case, wherever they stand (`tokens` in
/// `pkg/logql/syntax/lex.go`). Names of functions are not among them: only a parenthesis makes them one.
const WORDS: [&str; 24] = [
    "and",
    "bool",
    "by",
    "decolorize",
    "drop",
    "group_left",
    "group_right",
    "ignoring",
    "json",
    "keep",
    "label_format",
    "line_format",
    "logfmt",
    "of",
    "offset",
    "on",
    "or",
    "pattern",
    "regexp",
    "unless",
    "unpack",
    "unwrap",
    "variants",
    "without",
];

/// A name that LogQL takes bare: `[a-zA-Z_][a-zA-Z0-9_]*` ([`is_name`]), and no word of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelName(String);

impl LabelName {
    /// Makes a label name; `None` when the text is none.
    pub fn new(text: &str) -> Option<Self> {
        let is_word = || WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
        (is_name(text) && !is_word()).then(|| Self(text.to_owned()))
    }

    /// Makes a label name of a prefix and any text, with every other character turned into `_`.
    pub fn private(prefix: &str, text: &str) -> Self {
        let name = format!("{prefix}{text}");
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let safe = |c: char| if allowed(c) { c } else { '_' };
        let mut name: String = name.chars().map(safe).collect();
        if !is_name(&name) {
            name.insert(0, '_');
        }
        Self(name)
    }

    /// Returns the name with an ending of letters, digits and underscores.
    #[must_use]
    pub fn suffixed(&self, suffix: &str) -> Self {
        Self::private(&self.0, suffix)
    }

    /// Returns the name where it is free, else the first free one of `…_2`, `…_3`, ….
    #[must_use]
    pub fn or_numbered(self, mut is_free: impl FnMut(&Self) -> bool) -> Self {
        let mut name = self.clone();
        let mut number = 2;
        while !is_free(&name) {
            name = self.suffixed(&format!("_{number}"));
            number += 1;
        }
        name
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LabelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A path inside a JSON line that LogQL can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<String>);

impl JsonPath {
    /// Makes a path of keys, outermost first; `None` when LogQL has no spelling for one of them.
    pub fn new(segments: &[String]) -> Option<Self> {
        let spelled = |segment: &String| super::quote::is_json_key(segment);
        let all = !segments.is_empty() && segments.iter().all(spelled);
        all.then(|| Self(segments.to_vec()))
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::quote::json_path(&self.0))
    }
}

/// Says whether labels and fields can have such a name: letters, digits and `_`, no digit first.
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_names_are_label_names() {
        for good in ["a", "_", "A9_z", "__error__"] {
            assert!(LabelName::new(good).is_some(), "{good}");
        }
        for bad in [
            "", "9a", "a-b", "a.b", "é", "a\"", "a b", "a=\"\"}", "offset", "By",
        ] {
            assert!(LabelName::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn keys_without_a_spelling_are_no_json_path() {
        let path = |key: &str| JsonPath::new(&[key.to_owned()]);
        for good in ["a", "", "a.b", "it's", "\\", "`", "\n", "订单", "[0]"] {
            assert!(path(good).is_some(), "{good}");
        }
        for bad in ["a\"b", "a]", "[x]", "\0"] {
            assert!(path(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn private_names_are_always_valid() {
        assert_eq!(LabelName::private("gk_", "a.b-ü").as_str(), "gk_a_b__");
        assert_eq!(LabelName::private("", "9").as_str(), "_9");
        assert_eq!(LabelName::private("", "").as_str(), "_");
    }
}
