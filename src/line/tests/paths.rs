//! The settings' notation for keys, and the formats' words.

use crate::line::{Extractor, Format, Path, Readable};

fn path(keys: &[&str]) -> Path {
    Path(keys.iter().map(|key| (*key).to_owned()).collect())
}

#[test]
fn notations() {
    for (notation, expected) in [
        ("a", vec![path(&["a"])]),
        ("a.b", vec![path(&["a", "b"]), path(&["a.b"])]),
        ("a.b.c", vec![path(&["a", "b", "c"]), path(&["a.b.c"])]),
        ("@timestamp", vec![path(&["@timestamp"])]),
        ("x-request id", vec![path(&["x-request id"])]),
        (r#"["a","b"]"#, vec![path(&["a", "b"])]),
        (r#"["a.b"]"#, vec![path(&["a.b"])]),
        (r#"["a..b"]"#, vec![path(&["a..b"])]),
        (r#"[ "a" ,"b" ] "#, vec![path(&["a", "b"])]),
        (r#"["[a","]"]"#, vec![path(&["[a", "]"])]),
        (
            r#"["\"\\","\u00e9\ud83d\ude00"]"#,
            vec![path(&["\"\\", "é😀"])],
        ),
    ] {
        assert_eq!(Path::parse_key(notation), Ok(expected), "{notation}");
    }
}

#[test]
fn errors_quote_the_key_and_say_what_is_wrong() {
    let deep = vec!["a"; 17].join(".");
    for (notation, expected) in [
        ("", r#"key "" is empty"#),
        ("  ", r#"key "  " is empty"#),
        (".a", r#"key ".a" has an empty segment"#),
        ("a.", r#"key "a." has an empty segment"#),
        ("a..b", r#"key "a..b" has an empty segment"#),
        (r#"["a",""]"#, "has an empty segment"),
        ("[", r#"key "[" starts with a bracket but is no JSON array"#),
        ("[]", "is no JSON array of strings"),
        ("[01]", "is no JSON array of strings"),
        ("[1", "is no JSON array of strings"),
        (r#"["a""#, "is no JSON array of strings"),
        (r#"["a",]"#, "is no JSON array of strings"),
        (r#"["a"] x"#, "is no JSON array of strings"),
        (r#"["\q"]"#, "is no JSON array of strings"),
        (r#"["\ud83d"]"#, "is no JSON array of strings"),
        ("[\"a\n\"]", "is no JSON array of strings"),
        (deep.as_str(), "is nested 17 deep, more than the 16"),
    ] {
        let error = Path::parse_key(notation).expect_err(notation).to_string();
        assert!(error.contains(expected), "{notation}: {error}");
    }
}

#[test]
fn a_deep_dotted_key_is_one_key() {
    let deep = vec!["a"; 40].join(".");
    let array = format!(r#"["{deep}"]"#);
    assert_eq!(Path::parse_key(&array), Ok(vec![path(&[&deep])]));
}

#[test]
fn formats_have_words() {
    for format in Format::ALL {
        assert_eq!(format.as_str().parse(), Ok(format));
        assert_eq!(format.to_string(), format.as_str());
    }
    let error = "xml".parse::<Format>().expect_err("no format");
    let expected = r#"unknown format "xml": expected json, tskv, logfmt or text"#;
    assert_eq!(error.to_string(), expected);
}

#[test]
fn text_has_no_fields() {
    let extractor = Extractor::new(Format::Text, vec![path(&["a"])]);
    let mut out = vec![Some("old".into()); 3];
    assert_eq!(extractor.read(r#"{"a":1} a=1"#, &mut out), Readable::Yes);
    assert_eq!(out, [None]);
    assert_eq!(extractor.paths(), [path(&["a"])]);
}
