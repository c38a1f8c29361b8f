//! Tests of the readers: tables of what Loki and CPython were seen to do, and properties.

mod json;
mod json_values;
mod logfmt;
mod paths;
mod properties;
mod python;
mod tskv;

use super::{Extractor, Format, Path, Readable};

/// The values that a line has at these paths.
fn read(format: Format, line: &str, paths: &[&[&str]]) -> Vec<Option<String>> {
    let path = |keys: &&[&str]| Path(keys.iter().map(|key| (*key).to_owned()).collect());
    let extractor = Extractor::new(format, paths.iter().map(path).collect());
    let mut out = Vec::new();
    extractor.read(line, &mut out);
    assert_eq!(out.len(), paths.len());
    out.into_iter().map(|value| value.map(Into::into)).collect()
}

/// Whether a line is readable, which no path has a say in.
fn readable(format: Format, line: &str) -> Readable {
    Extractor::new(format, Vec::new()).read(line, &mut Vec::new())
}

#[track_caller]
fn check(format: Format, name: &str, line: &str, path: &[&str], expected: Option<&str>) {
    let value = read(format, line, &[path]);
    assert_eq!(value, [expected.map(str::to_owned)], "{name}: {line}");
}

#[track_caller]
fn check_all(format: Format, line: &str, paths: &[&[&str]], expected: &[Option<&str>]) {
    let values = read(format, line, paths);
    let values: Vec<_> = values.iter().map(Option::as_deref).collect();
    assert_eq!(values, expected, "{line}");
}
