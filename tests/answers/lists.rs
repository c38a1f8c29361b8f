//! Lists of values against the oracle: which values there are, how often, where they stand, in what order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ginkgo_demo::{Layout, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source, range};
use crate::corpus::{Corpus, Line, corpus};
use crate::oracle::matching;
use crate::query::Query;
use crate::schema::{Field, Kind, Place, Schema};
use crate::support;
use crate::values::level;

/// So many values Loki counts at once.
const MOST_COUNTED: usize = 500;

/// A list that somebody opens.
struct List {
    query: Query,
    field: &'static str,
    search: &'static str,
    limit: usize,
}

impl List {
    fn new(query: Query, field: &'static str) -> Self {
        Self {
            query,
            field,
            search: "",
            limit: 1000,
        }
    }

    fn search(self, search: &'static str) -> Self {
        Self { search, ..self }
    }

    fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    fn ask(&self, site: &Site, corpus: &Corpus) -> Value {
        let (from, to) = range(&self.query);
        let body = json!({
            "query": self.query.json(&corpus.selector(self.query.system)),
            "field": self.field,
            "search": self.search,
            "limit": self.limit,
            "from": from,
            "to": to,
        });
        let response = support::host().post_resource(&site.uid(corpus), "values", &body);
        assert_eq!(response.status, 200, "{body}: {response:?}");
        response.json()
    }
}

/// The values that there are, with their number, and their places.
struct Truth {
    counts: BTreeMap<String, u64>,
    places: BTreeSet<&'static str>,
}

impl Truth {
    fn new(list: &List, schema: &Schema, lines: &[Line]) -> Self {
        let field = schema.field(list.field);
        let mut truth = Self {
            counts: BTreeMap::new(),
            places: BTreeSet::new(),
        };
        let wanted = list.search.to_lowercase();
        for line in matching(&list.query, schema, lines, range(&list.query)) {
            let found = placed(&field, line);
            let text = found.map(|(text, _)| text);
            let text = if field.kind == Kind::Level {
                Some(level(text))
            } else {
                text
            };
            let text = text.map(|text| spelled(field.kind, text));
            let Some(text) = text.filter(|text| text.to_lowercase().contains(&wanted)) else {
                continue;
            };
            *truth.counts.entry(text).or_default() += 1;
            truth.places.extend(found.map(|(_, place)| place));
        }
        truth
    }
}

/// A value as lists spell it: numbers and truths by what they are.
fn spelled(kind: Kind, text: &str) -> String {
    let number = || {
        let is_plain = text.bytes().all(|byte| b"0123456789+-.eE".contains(&byte));
        let number = text.parse::<f64>().ok().filter(|_| is_plain)?;
        number.is_finite().then(|| number.to_string())
    };
    let truth = || match text.to_lowercase().as_str() {
        "true" | "1" => Some("true".to_owned()),
        "false" | "0" => Some("false".to_owned()),
        _ => None,
    };
    let spelled = match kind {
        Kind::Number => number(),
        Kind::Bool => truth(),
        _ => None,
    };
    spelled.unwrap_or_else(|| text.to_owned())
}

/// A field's value, and where it stands.
fn placed<'l>(field: &Field, line: &'l Line) -> Option<(&'l str, &'static str)> {
    let at = |place: &Place| {
        let (values, name) = match place {
            Place::Label => (&line.labels, "label"),
            Place::Metadata => (&line.metadata, "metadata"),
            Place::Line => (&line.read, "line"),
        };
        let text = values.get(field.name).filter(|text| !text.is_empty());
        text.map(|text| (text.as_str(), name))
    };
    field.places.iter().find_map(at)
}

/// What is wrong with an answer; whether it was complete and counted.
fn judge(list: &List, truth: &Truth, answer: &Value) -> Result<bool, String> {
    let mut values = Vec::new();
    for value in answer["values"].as_array().ok_or("no values")? {
        let text = value["value"].as_str().ok_or("a value is no text")?;
        values.push((text, value["count"].as_u64()));
    }
    let unknown = values
        .iter()
        .find(|(text, _)| !truth.counts.contains_key(*text));
    if let Some((text, _)) = unknown {
        return Err(format!("no line has {text:?}"));
    }
    let names: BTreeSet<&str> = values.iter().map(|(text, _)| *text).collect();
    if names.len() != values.len() {
        return Err("a value comes twice".to_owned());
    }
    if answer["sampled"] == true {
        if truth.counts.len() <= MOST_COUNTED / 2 {
            return Err(format!("{} values are a sample", truth.counts.len()));
        }
        if answer["complete"] == true || answer["notices"] == json!([]) {
            return Err("a sample that does not say so".to_owned());
        }
        return if values.iter().all(|(_, count)| count.is_none()) {
            Ok(false)
        } else {
            Err("a sample with numbers".to_owned())
        };
    }
    let mut expected: Vec<(&str, u64)> =
        truth.counts.iter().map(|(k, n)| (k.as_str(), *n)).collect();
    expected.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let complete = expected.len() <= list.limit;
    expected.truncate(list.limit);
    let expected: Vec<(&str, Option<u64>)> =
        expected.into_iter().map(|(k, n)| (k, Some(n))).collect();
    if values != expected {
        return Err(format!("{values:?}\n    but there are {expected:?}"));
    }
    let places: Vec<&str> = truth.places.iter().copied().collect();
    let from = match places.as_slice() {
        [] => Value::Null,
        [only] => json!(only),
        _ => json!("mixed"),
    };
    if (&answer["from"], &answer["complete"]) != (&from, &json!(complete)) {
        return Err(format!("from {from}, complete {complete}"));
    }
    Ok(true)
}

/// Opens the lists in all layouts; returns how many were counted.
fn all_are_right(lists: impl Fn(&Corpus) -> Vec<List>) -> usize {
    let (mut counted, mut wrong) = (0, String::new());
    for layout in Layout::ALL {
        let corpus = corpus(layout);
        let site = Site::new(layout, Source::Auto);
        for list in lists(corpus) {
            let schema = site.schema(list.query.system);
            let truth = Truth::new(&list, &schema, corpus.lines(list.query.system));
            let answer = list.ask(&site, corpus);
            match judge(&list, &truth, &answer) {
                Ok(was_counted) => counted += usize::from(was_counted && !truth.counts.is_empty()),
                Err(what) => {
                    let query = list.query.json("");
                    let _ = writeln!(
                        wrong,
                        "{layout} {} of {query}, search {:?}: {what}\n    {:.300}",
                        list.field,
                        list.search,
                        answer.to_string()
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    counted
}

#[test]
fn every_field_of_every_system_in_every_layout() {
    let counted = all_are_right(|_| {
        let lists = System::ALL.into_iter().flat_map(|system| {
            let schema = crate::schema::preset(system);
            let fields = schema.fields.into_iter();
            fields.map(move |field| List::new(Query::any(system), field.name))
        });
        lists.collect()
    });
    assert!(counted > 200, "{counted} lists had values and were counted");
}

#[test]
fn conditions_searches_and_limits_narrow_them() {
    let any = Query::any;
    let counted = all_are_right(|_| {
        vec![
            List::new(
                any(System::Ginkgo).filter("level", "=|", &["error", "critical"]),
                "error_type",
            ),
            List::new(
                any(System::Ginkgo).filter("duration_ms", ">", &["5"]),
                "strategy_id",
            ),
            List::new(
                any(System::Ginkgo).search("contains", "order", false),
                "event_type",
            ),
            List::new(
                any(System::Ginkgo).filter("event_type", "exists", &[]),
                "symbol",
            )
            .limit(2),
            List::new(any(System::Ginkgo), "event_type").search("oRDER"),
            List::new(any(System::Ginkgo), "level").search("r"),
            List::new(any(System::Ginkgo), "portfolio_id").search("no portfolio is called so"),
            List::new(any(System::Ginkgo).range_ms(60_000, 120_001), "event_type"),
            List::new(
                any(System::Fastapi).filter("status_code", ">=", &["400"]),
                "endpoint",
            ),
            List::new(any(System::Fastapi), "service_name").search("E"),
            List::new(
                any(System::Fastapi).filter("level", "!=", &["info"]),
                "level",
            ),
            List::new(
                any(System::Tskv).filter("level", "=", &["error"]),
                "error_type",
            ),
            List::new(
                any(System::Tskv).search("not contains", "GET", true),
                "path",
            )
            .search("/"),
            List::new(any(System::Tskv), "status_code").search("0"),
            List::new(
                any(System::Dynamo).filter("level", "missing", &[]),
                "target",
            ),
            List::new(any(System::Dynamo), "component").limit(1),
            // Names outside the schema.
            List::new(any(System::Ginkgo), "corpus"),
            List::new(any(System::Ginkgo), "no_such_field"),
        ]
    });
    assert!(counted > 40, "{counted} lists had values and were counted");
}

#[test]
fn portfolios_lead_to_their_strategies_and_those_to_their_runs() {
    let counted = all_are_right(|corpus| {
        let some = |field: &'static str, with: &[(&'static str, String)]| {
            let schema = crate::schema::preset(System::Ginkgo);
            let lines = corpus.lines(System::Ginkgo).iter();
            let value = |line: &Line, name| {
                placed(&schema.field(name), line).map(|(text, _)| text.to_owned())
            };
            let is_meant = |line: &&Line| {
                with.iter()
                    .all(|(name, wanted)| value(line, name).as_ref() == Some(wanted))
            };
            let mut found = lines.filter(is_meant).filter_map(|line| value(line, field));
            found.next().unwrap()
        };
        let portfolio = some("portfolio_id", &[]);
        let strategy = some("strategy_id", &[("portfolio_id", portfolio.clone())]);
        let of = |portfolio: &[&str]| Query::of("portfolio", System::Ginkgo, portfolio);
        let under = |portfolio: &[&str], strategy: &[&str]| {
            of(portfolio).filter("strategy_id", "=|", strategy)
        };
        let (portfolio, strategy) = (portfolio.as_str(), strategy.as_str());
        vec![
            // All portfolios, and one.
            List::new(of(&[]), "portfolio_id"),
            List::new(of(&[]), "strategy_id"),
            List::new(of(&[portfolio]), "strategy_id"),
            List::new(of(&[]), "task_id"),
            List::new(of(&[portfolio]), "task_id"),
            List::new(under(&[portfolio], &[strategy]), "task_id"),
            List::new(under(&[], &[strategy]), "task_id"),
            List::new(under(&[portfolio], &[strategy]), "level"),
            List::new(
                under(&[portfolio, "nobody"], &[strategy, "nobody"]),
                "event_type",
            ),
        ]
    });
    assert!(
        counted >= 4 * 8,
        "{counted} lists had values and were counted"
    );
}
