//! Any line of any format: no panic; a path's value does not depend on what else is asked for; Ginkgo
//! reads TSKV as the expression does that it sends to Loki.
#![no_main]

use std::sync::LazyLock;

use ginkgo::line::{Extractor, Format, Path, python_repr, python_unescape, tskv_regexp};
use libfuzzer_sys::fuzz_target;
use regex::bytes::{Regex, RegexBuilder};

static PATHS: LazyLock<Vec<Path>> = LazyLock::new(|| {
    let path = |keys: &[&str]| Path(keys.iter().map(|key| (*key).to_owned()).collect());
    vec![
        path(&["a"]),
        path(&["b"]),
        path(&["a", "b"]),
        path(&["a.b"]),
        path(&["a"]),
        path(&["é"]),
        path(&["a", "a", "a"]),
        path(&[]),
        path(&["a_b"]),
        path(&["level"]),
        path(&["a"; 20]),
    ]
});

static TOGETHER: LazyLock<Vec<Extractor>> = LazyLock::new(|| {
    Format::ALL
        .map(|format| Extractor::new(format, PATHS.clone()))
        .into()
});

static ALONE: LazyLock<Vec<Vec<Extractor>>> = LazyLock::new(|| {
    let alone = |format| {
        let each = PATHS
            .iter()
            .map(|path| Extractor::new(format, vec![path.clone()]));
        each.collect()
    };
    Format::ALL.map(alone).into()
});

/// Loki's reading of `level`, by an engine with RE2's meaning: bytes, and its `\s`, which lacks the
/// vertical tab.
static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    const BLANKS: &str = r"\t\n\x0c\r\x20";
    let expression = tskv_regexp("level", ["s", "d", "n"])
        .replace(r"[^\s", &format!("[^{BLANKS}"))
        .replace(r"\S", &format!("[^{BLANKS}]"))
        .replace(r"(?:\s|$)", &format!("(?:[{BLANKS}]|$)"));
    assert!(!expression.contains(r"\s"), "{expression}");
    let mut builder = RegexBuilder::new(&expression);
    builder.unicode(false).build().expect("an expression")
});

fuzz_target!(|data: &[u8]| {
    let line = String::from_utf8_lossy(data);
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for (extractor, each) in TOGETHER.iter().zip(ALONE.iter()) {
        let readable = extractor.read(&line, &mut together);
        assert_eq!(together.len(), PATHS.len());
        for (value, extractor) in together.iter().zip(each) {
            assert_ne!(value.as_deref(), Some(""));
            assert_eq!(extractor.read(&line, &mut alone), readable);
            assert_eq!(alone, [value.clone()]);
        }
    }
    let groups = LEVEL.captures(line.as_bytes());
    let group = |name| {
        let bytes = groups.as_ref()?.name(name)?.as_bytes();
        Some(std::str::from_utf8(bytes).expect("text").to_owned()).filter(|text| !text.is_empty())
    };
    let quoted = group("s")
        .or_else(|| group("d"))
        .map(|text| python_unescape(&text).into_owned());
    let expected = quoted
        .or_else(|| group("n"))
        .filter(|text| !text.is_empty());
    let tskv = Extractor::new(Format::Tskv, vec![Path(vec!["level".into()])]);
    tskv.read(&line, &mut alone);
    assert_eq!(alone, [expected.map(Into::into)]);

    assert_eq!(python_unescape(&python_repr(&line, '\'')), line);
    for path in Path::parse_key(&line).into_iter().flatten() {
        assert!(!path.0.is_empty());
    }
});
