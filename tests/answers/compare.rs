//! Holds an answer against the expectation.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::ask::{Site, range};
use crate::corpus::Corpus;
use crate::expect::{Expected, InOrder, columns, expect};
use crate::frames::Answer;
use crate::query::Query;
use crate::rows::Row;

/// Asks and compares; the number of rows, or what is wrong.
pub fn check(site: &Site, corpus: &Corpus, query: &Query) -> Result<usize, String> {
    let schema = site.schema(query.system);
    let expected = expect(query, &schema, corpus.lines(query.system), range(query));
    let answer = site
        .ask(corpus, query)
        .map_err(|refusal| report(site, corpus, query, "", &format!("refused: {refusal:?}")))?;
    let mut wrong = difference(&expected, &answer, query.forward);
    if query.result == "table" {
        let names = columns(query, &schema);
        let names = names.iter().map(|field| field.name);
        let names: Vec<&str> = ["time"].into_iter().chain(names).chain(["line"]).collect();
        if answer.columns != names {
            let _ = write!(wrong, "columns {:?} instead of {names:?}", answer.columns);
        }
    }
    for rule in &answer.broken_rules {
        let _ = writeln!(wrong, "    Grafana's rules: {rule}");
    }
    if wrong.is_empty() {
        return Ok(answer.rows.len());
    }
    Err(report(site, corpus, query, &answer.executed, &wrong))
}

/// Asks again, for more, and from the other end: the same rows have the same ids, in the same order,
/// and an answer is the beginning of a longer one.
pub fn check_ids(site: &Site, corpus: &Corpus, query: &Query) -> Result<(), String> {
    let mut other = query.clone();
    other.forward = !query.forward;
    let mut longer = query.clone();
    longer.limit = Some(longer.limit.unwrap_or(1000) + 700);
    let mut known: BTreeMap<Row, String> = BTreeMap::new();
    let mut shorter: Option<Vec<String>> = None;
    for (query, same_end) in [
        (query, true),
        (query, true),
        (&longer, true),
        (&other, false),
    ] {
        let wrong = |what: String| report(site, corpus, query, "", &what);
        let answer = site
            .ask(corpus, query)
            .map_err(|refusal| wrong(format!("{refusal:?}")))?;
        if let Some(shorter) = shorter.as_ref().filter(|_| same_end)
            && !answer.ids.starts_with(shorter)
        {
            return Err(wrong("not the beginning of a longer answer".to_owned()));
        }
        shorter = Some(answer.ids.clone());
        let mut seen = answer.ids.clone();
        seen.sort();
        seen.dedup();
        if seen.len() != answer.rows.len() {
            return Err(wrong("ids that are not unique".to_owned()));
        }
        let rows = answer.rows.iter().zip(&answer.ids);
        for (row, id) in rows.clone() {
            let before = known.entry(row.clone()).or_insert_with(|| id.clone());
            if before != id {
                return Err(wrong(format!("id {id}, was {before}: {}", row.brief())));
            }
        }
    }
    Ok(())
}

/// Says whether rows are the beginnings of these sequences, each in its order, one among the other.
fn interleaved(rows: &[Row], sequences: &mut [&[Row]]) -> bool {
    let Some((first, rest)) = rows.split_first() else {
        return true;
    };
    // Sequences that begin alike are tried one after the other.
    for number in 0..sequences.len() {
        let sequence = sequences[number];
        if sequence.first() == Some(first) {
            sequences[number] = &sequence[1..];
            if interleaved(rest, sequences) {
                return true;
            }
            sequences[number] = sequence;
        }
    }
    false
}

/// What is wrong with the order of rows of one nanosecond.
fn disorder(expected: &Expected, answer: &Answer) -> Option<String> {
    for rows in answer.rows.chunk_by(|row, next| row.ns == next.ns) {
        let Some(streams) = expected.instants.get(&rows[0].ns) else {
            continue;
        };
        let (known, other): (Vec<&InOrder>, Vec<&InOrder>) =
            streams.iter().partition(|stream| stream.is_known);
        let is_other = |row: &&Row| other.iter().any(|stream| stream.rows.contains(row));
        let rows: Vec<Row> = rows.iter().filter(|row| !is_other(row)).cloned().collect();
        let mut sequences: Vec<&[Row]> = known.iter().map(|stream| &stream.rows[..]).collect();
        if !interleaved(&rows, &mut sequences) {
            let rows: Vec<String> = rows.iter().map(Row::brief).collect();
            return Some(format!("    not as written:\n{}\n", rows.join("\n")));
        }
    }
    None
}

/// What is wrong with the rows; empty if nothing is.
fn difference(expected: &Expected, answer: &Answer, forward: bool) -> String {
    let mut wrong = String::new();
    let times: Vec<i64> = answer.rows.iter().map(|row| row.ns).collect();
    let in_order = if forward {
        times.is_sorted()
    } else {
        times.is_sorted_by(|one, other| one >= other)
    };
    if !in_order {
        let _ = writeln!(wrong, "rows are not ordered by time");
    }
    wrong.extend(disorder(expected, answer));
    let mut left: BTreeMap<&Row, i64> = BTreeMap::new();
    for row in &answer.rows {
        *left.entry(row).or_default() += 1;
    }
    let mut missing = Vec::new();
    for row in &expected.sure {
        match left.get_mut(row) {
            Some(count) if *count > 0 => *count -= 1,
            _ => missing.push(row),
        }
    }
    let (wanted, group) = &expected.some;
    let mut found = 0;
    for row in group {
        if let Some(count) = left.get_mut(row).filter(|count| **count > 0) {
            *count -= 1;
            found += 1;
        }
    }
    if found != *wanted {
        let _ = writeln!(wrong, "{found} rows of the last nanosecond, not {wanted}");
    }
    let extra: Vec<&Row> = left
        .iter()
        .filter(|(_, n)| **n > 0)
        .map(|(row, _)| *row)
        .collect();
    for (what, rows) in [("missing", missing), ("extra", extra)] {
        if !rows.is_empty() {
            let _ = writeln!(wrong, "    {what}: {}", rows.len());
        }
        for row in rows.into_iter().take(3) {
            let _ = writeln!(wrong, "      {}", row.brief());
        }
    }
    if !wrong.is_empty() {
        let (rows, count) = (answer.rows.len(), expected.count());
        let _ = writeln!(
            wrong,
            "    {rows} rows, expected {count} (of {})",
            expected.total
        );
    }
    wrong
}

fn report(site: &Site, corpus: &Corpus, query: &Query, executed: &str, what: &str) -> String {
    let model = query.json(&corpus.selector(query.system));
    format!(
        "{site:?}, range {:?}\n    query: {model}\n    logql: {executed}\n{what}",
        query.range_ms
    )
}
