//! Every query type in every system, from every place, in every layout.

use ginkgo_demo::{Layout, System};

use crate::ask::{Site, Source};
use crate::compare::check;
use crate::corpus::corpus;
use crate::oracle::value;
use crate::query::Query;

const KINDS: [(&str, System); 7] = [
    ("portfolio", System::Ginkgo),
    ("strategy", System::Ginkgo),
    ("run", System::Ginkgo),
    ("trace", System::Ginkgo),
    ("trace", System::Fastapi),
    ("trace", System::Tskv),
    ("trace", System::Dynamo),
];

/// Whether a layout has ids in a place.
fn holds(layout: Layout, source: Source) -> bool {
    match (layout, source) {
        (Layout::Mixed, _) | (_, Source::Auto | Source::Reversed) => true,
        (Layout::Labels, source) => matches!(source, Source::Label | Source::Line),
        (Layout::Metadata, source) => source == Source::Metadata,
        (Layout::Line, source) => source == Source::Line,
    }
}

/// Asks for one id, several, and all, of every query type.
fn ask_in(layout: Layout, sources: &[Source]) {
    let corpus = corpus(layout);
    let mut wrong = Vec::new();
    for source in sources.iter().copied() {
        let site = Site::new(layout, source);
        for (query_type, system) in KINDS {
            let name = format!("{query_type} of {system} from {source:?}");
            let schema = site.schema(system);
            let field = schema.role(query_type).unwrap();
            let lines = corpus.lines(system);
            let mut here: Vec<&str> = lines.iter().filter_map(|line| value(field, line)).collect();
            if here.is_empty() == holds(layout, source) {
                wrong.push(format!("{name}: the corpus is not what it tests"));
            }
            if here.is_empty() {
                let meant = lines.iter().filter_map(|line| line.meant.get(field.name));
                here = meant.map(String::as_str).collect();
            }
            let (one, other) = (here[here.len() / 2], here[here.len() / 4]);
            let queries = [
                Query::of(query_type, system, &[one]).limit(60),
                Query::of(query_type, system, &[one])
                    .limit(60)
                    .table()
                    .forward(),
                Query::of(query_type, system, &[other, one, "absent"]).limit(60),
                Query::of(query_type, system, &[]).limit(60).forward(),
                Query::of(query_type, system, &[])
                    .columns(&[field.name])
                    .limit(60),
            ];
            for query in queries {
                match check(&site, corpus, &query) {
                    Ok(rows) if (rows > 0) == holds(layout, source) => {}
                    Ok(rows) => wrong.push(format!("{name}: {rows} rows")),
                    Err(what) => wrong.push(format!("{name}: {what}")),
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

use Source::{Auto, Label, Line, Metadata, Reversed};

#[test]
fn ids_as_labels() {
    ask_in(Layout::Labels, &[Auto, Label, Line, Reversed]);
}

#[test]
fn ids_as_metadata() {
    ask_in(Layout::Metadata, &Source::ALL);
}

#[test]
fn ids_in_the_line() {
    ask_in(Layout::Line, &Source::ALL);
}

#[test]
fn ids_in_mixed_places() {
    ask_in(Layout::Mixed, &[Auto, Label, Line, Reversed]);
}

#[test]
fn ids_that_are_metadata_only_among_labels() {
    ask_in(Layout::Labels, &[Metadata]);
    ask_in(Layout::Mixed, &[Metadata]);
}

#[test]
fn any_and_logql_ask_for_every_line() {
    let mut wrong = Vec::new();
    for layout in Layout::ALL {
        let site = Site::new(layout, Source::Auto);
        for system in System::ALL {
            let any = Query::any(system).limit(80);
            let logql = Query {
                query_type: "logql",
                ..any.clone()
            };
            let filtered = Query {
                pipeline: " |= `error` != `\"level\"`",
                ..logql.clone()
            };
            let filtered = filtered.search("contains", "error", true).search(
                "not contains",
                "\"level\"",
                true,
            );
            for query in [
                any.clone(),
                any.table(),
                logql.clone(),
                logql.table(),
                filtered,
            ] {
                if let Err(what) = check(&site, corpus(layout), &query) {
                    wrong.push(what);
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
