//! How lines are read: Loki itself and Ginkgo's reader, field by field, on the same lines.
//!
//! What Loki extracts decides its filters, what Ginkgo reads fills the columns; semantics.md, 4. Lines
//! are generated: `GINKGO_LINES` is how many of each format (1,500), `GINKGO_SEED` the seed of the
//! first; each next one has the next seed, so `GINKGO_SEED=<n> GINKGO_LINES=1` reads exactly line n
//! again, asked for the same paths.

mod arrays;
mod json;
mod logfmt;
mod looked_up;
mod python;
mod tskv;

use std::borrow::Cow;

use ginkgo::line::{Extractor, Format, Path};
use ginkgo::logql::{LabelName, Stage};

use crate::random::from_env;
use crate::roll::Dice;
use looked_up::{Found, look_up};

/// Lines of neighbouring seeds that are asked for the same paths.
const TOGETHER: u64 = 50;

/// One format's side of the test.
struct Kind {
    format: Format,
    /// Makes the line of a seed.
    line: fn(&mut Dice) -> String,
    /// The paths that are looked for, some of them in each question.
    paths: Vec<Path>,
    /// The stages that have Loki look for these paths; the value of path n comes out under
    /// [`name`]`(n, …)`.
    stages: fn(&[Path]) -> Vec<Stage>,
    /// The groups of a path's value.
    groups: &'static [&'static str],
    /// The value of path n in what Loki found.
    value: for<'a> fn(&'a Found, usize) -> Cow<'a, str>,
}

/// The name under which Loki gives a path's value, or one of its groups.
fn name(path: usize, group: &str) -> LabelName {
    LabelName::new(&format!("gk_{path}{group}")).unwrap()
}

fn names(paths: usize, groups: &[&str]) -> Vec<String> {
    let names = (0..paths).flat_map(|path| groups.iter().map(move |group| name(path, group)));
    names.map(|name| name.to_string()).collect()
}

/// A path of the pool.
fn path(keys: &[&str]) -> Path {
    Path(keys.iter().map(|key| (*key).to_owned()).collect())
}

/// The line of a seed. Formats share no numbers.
fn line(kind: &Kind, seed: u64) -> String {
    (kind.line)(&mut Dice::new(seed ^ ((kind.format as u64 + 1) << 48)))
}

/// The paths that the lines around a seed are asked for: some, in any order.
fn paths(kind: &Kind, seed: u64) -> Vec<Path> {
    let mut dice = Dice::new(!(seed / TOGETHER));
    let mut pool = kind.paths.clone();
    let count = pool.len() / 3 + dice.below(pool.len() / 2);
    let taken = (0..count).map(|_| pool.swap_remove(dice.below(pool.len())));
    taken.collect()
}

/// Has lines read by both, and says where they differ and how many values there were.
fn differences(kind: &Kind, seeds: impl IntoIterator<Item = u64>) -> (Vec<String>, usize) {
    let (mut wrong, mut values) = (Vec::new(), 0);
    let seeds: Vec<u64> = seeds.into_iter().collect();
    for batch in seeds.chunk_by(|a, b| a / TOGETHER == b / TOGETHER) {
        let paths = paths(kind, batch[0]);
        let lines: Vec<String> = batch.iter().map(|seed| line(kind, *seed)).collect();
        let (stages, names) = ((kind.stages)(&paths), names(paths.len(), kind.groups));
        let extractor = Extractor::new(kind.format, paths.clone());
        let mut read = Vec::new();
        for ((seed, line), found) in batch
            .iter()
            .zip(&lines)
            .zip(look_up(&lines, &stages, &names))
        {
            extractor.read(line, &mut read);
            for (number, (path, ours)) in paths.iter().zip(&read).enumerate() {
                let (ours, theirs) = (
                    ours.as_deref().unwrap_or_default(),
                    (kind.value)(&found, number),
                );
                values += usize::from(!theirs.is_empty());
                if ours != theirs {
                    wrong.push(format!(
                        "GINKGO_SEED={seed} GINKGO_LINES=1, {}\n  line   {}\n  path   {:?}\n  ginkgo {ours:?}\n  loki   {theirs:?}",
                        kind.format,
                        shown(line),
                        path.0,
                    ));
                }
            }
        }
    }
    (wrong, values)
}

/// A line as a person can look at it.
fn shown(line: &str) -> String {
    let start: String = line.chars().take(2000).collect();
    let cut = if start.len() < line.len() { "…" } else { "" };
    format!("{start:?}{cut} ({} bytes)", line.len())
}

#[expect(clippy::print_stdout, reason = "the figures of a long run")]
fn check(kind: &Kind) {
    let (seed, count) = (from_env("GINKGO_SEED", 1), from_env("GINKGO_LINES", 1500));
    let (wrong, values) = differences(kind, seed..seed + count);
    let format = kind.format;
    println!("GINKGO_SEED={seed} GINKGO_LINES={count}: {values} values in {format} lines");
    assert!(
        wrong.is_empty(),
        "{} of {count} lines' values differ\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(20)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(
        count < 500 || values as u64 * 2 > count,
        "{values} values in {count} lines: this test reads nothing"
    );
}

#[test]
fn json_is_read_as_loki_reads_it() {
    check(&json::kind());
}

#[test]
fn arrays_are_read_as_loki_reads_them() {
    check(&arrays::kind());
}

#[test]
fn long_json_is_read_as_loki_reads_it() {
    check_long(&json::kind(), json::long);
}

#[test]
fn logfmt_is_read_as_loki_reads_it() {
    check(&logfmt::kind());
}

#[test]
fn tskv_is_read_as_its_expression_reads_it() {
    check(&tskv::kind());
}

/// Lines of a megabyte, a few: Loki's default answer holds three of them.
fn check_long(kind: &Kind, long: fn(&mut Dice) -> String) {
    let count = 2 + from_env("GINKGO_LINES", 1500) / 2000;
    let kind = Kind {
        line: long,
        paths: kind.paths.clone(),
        ..*kind
    };
    let (wrong, values) = differences(&kind, 0..count);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(values > 0, "no value in long lines");
}

#[test]
fn what_python_writes_is_read_as_python_means_it() {
    let (seed, count) = (from_env("GINKGO_SEED", 1), from_env("GINKGO_LINES", 1500));
    let lines = python::lines(seed, count);
    assert_eq!(lines.len() as u64, count);
    let mut wrong = Vec::new();
    let keys: Vec<Path> = python::KEYS.iter().map(|key| path(&[key])).collect();
    let extractor = Extractor::new(Format::Tskv, keys.clone());
    let (stages, names) = (tskv::stages(&keys), names(keys.len(), &tskv::GROUPS));
    for (index, lines) in lines.chunks(TOGETHER as usize).enumerate() {
        let texts: Vec<String> = lines.iter().map(|line| line.text.clone()).collect();
        for (at, (line, found)) in lines
            .iter()
            .zip(look_up(&texts, &stages, &names))
            .enumerate()
        {
            let mut read = Vec::new();
            extractor.read(&line.text, &mut read);
            for (number, key) in python::KEYS.iter().enumerate() {
                let meant = line.values.get(*key).map_or("", String::as_str);
                let ours = read[number].as_deref().unwrap_or_default();
                let theirs = tskv::value(&found, number);
                if ours != meant || theirs != meant {
                    wrong.push(format!(
                        "GINKGO_SEED={} GINKGO_LINES=1, {key}\n  line   {}\n  python {meant:?}\n  ginkgo {ours:?}\n  loki   {theirs:?}",
                        seed + index as u64 * TOGETHER + at as u64,
                        shown(&line.text),
                    ));
                }
            }
        }
    }
    println!("GINKGO_SEED={seed} GINKGO_LINES={count}");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let held = lines.iter().map(|line| line.values.len()).sum::<usize>();
    assert!(held as u64 >= count, "{held} values in {count} lines");
}
