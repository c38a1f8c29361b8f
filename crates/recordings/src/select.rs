//! From everything that went through a proxy to a recording: some requests of each kind, and just the pushes
//! that they see.
//!
//! A replay writes all pushes first and asks then. So a request is kept only where that gives Loki the lines that
//! it had: every push that one of its selectors matches ended before the request began.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use minloki::syntax::{Expr, LogExpr, MatchOp, Matcher, MetricExpr, parse};
use serde_json::Value;

use crate::exchange::{Exchange, Push, Request};
use crate::kind::kinds;
use crate::proxy::{Seen, What};

/// What a recording may hold.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Requests of one kind and status.
    pub per_kind: usize,
    /// The largest answer, bytes.
    pub answer_bytes: usize,
    /// All pushes that the requests see, bytes.
    pub push_bytes: usize,
}

/// A push as selection sees it.
struct Written<'s> {
    ended: u64,
    body: &'s str,
    /// Its streams' labels, each once.
    streams: BTreeSet<BTreeMap<String, String>>,
}

/// The pushes of a run, and which of them each set of selectors sees: few sets are asked for by many requests.
struct Pushes<'s> {
    written: Vec<Written<'s>>,
    seen_by: RefCell<HashMap<String, Rc<BTreeSet<usize>>>>,
}

/// Chooses exchanges: pushes first, in their order, then requests. Returns also the kinds of which none could
/// be kept.
pub fn select(seen: &[Seen], bounds: Bounds) -> (Vec<Exchange>, BTreeSet<String>) {
    let pushes = Pushes {
        written: seen.iter().filter_map(push).collect(),
        seen_by: RefCell::default(),
    };
    let written = &pushes.written;
    let mut candidates = Vec::new();
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for one in seen {
        let What::Asked(request, answer) = &one.what else {
            continue;
        };
        let kinds: Vec<String> = kinds(request)
            .iter()
            .map(|kind| format!("{} {kind}", answer.status))
            .collect();
        for kind in &kinds {
            *count.entry(kind.clone()).or_default() += 1;
        }
        let is_small =
            answer.body.len() <= bounds.answer_bytes && !is_too_early(request, &answer.body);
        if let Some(needs) = pushes.needs(one.began, request).filter(|_| is_small) {
            candidates.push(Candidate {
                seen: one,
                needs,
                kinds,
            });
        }
    }
    // Those with the rarest kinds choose first which lines are worth their room; of equals, from all over the run.
    let rarest = |candidate: &Candidate<'_>| {
        candidate
            .kinds
            .iter()
            .filter_map(|kind| count.get(kind))
            .min()
            .copied()
    };
    candidates.sort_by_key(|candidate| {
        (
            rarest(candidate),
            candidate.seen.began.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        )
    });
    let mut kept_pushes: BTreeSet<usize> = BTreeSet::new();
    let mut bytes = 0;
    let mut kept: Vec<&Seen> = Vec::new();
    let mut kept_of: BTreeMap<&str, usize> = BTreeMap::new();
    for candidate in &candidates {
        let of = |kind: &String| kept_of.get(kind.as_str()).copied().unwrap_or_default();
        if candidate
            .kinds
            .iter()
            .all(|kind| of(kind) >= bounds.per_kind)
        {
            continue;
        }
        let new = candidate.needs.difference(&kept_pushes);
        let more: usize = new
            .filter_map(|index| Some(written.get(*index)?.body.len()))
            .sum();
        if bytes + more <= bounds.push_bytes {
            bytes += more;
            kept_pushes.extend(candidate.needs.iter());
            kept.push(candidate.seen);
            for kind in &candidate.kinds {
                *kept_of.entry(kind).or_default() += 1;
            }
        }
    }
    let left_out = count
        .keys()
        .filter(|kind| !kept_of.contains_key(kind.as_str()));
    let left_out: BTreeSet<String> = left_out.cloned().collect();
    // A request saw nothing of a push that is left out; one that is kept for another must not show up either.
    kept.retain(|seen| match &seen.what {
        What::Asked(request, _) => pushes
            .needs(seen.began, request)
            .is_some_and(|needs| needs.is_subset(&kept_pushes)),
        _ => false,
    });
    kept.sort_by_key(|seen| seen.began);
    let pushes = kept_pushes.iter().filter_map(|index| written.get(*index));
    let pushes = pushes.map(|push| {
        // Without the blanks that it was sent with.
        let compact = serde_json::from_str::<Value>(push.body).map(|body| body.to_string());
        Exchange::Push(Push {
            push: compact.unwrap_or_else(|_| push.body.to_owned()),
        })
    });
    let asked = kept.into_iter().filter_map(|seen| match &seen.what {
        What::Asked(request, answer) => Some(Exchange::Asked {
            request: request.clone(),
            answer: answer.clone(),
        }),
        _ => None,
    });
    (pushes.chain(asked).collect(), left_out)
}

/// A real Loki now and then knows no labels of streams that it has just taken.
fn is_too_early(request: &Request, body: &str) -> bool {
    request.path.ends_with("/detected_labels") && body.trim() == "{}"
}

struct Candidate<'s> {
    seen: &'s Seen,
    needs: Rc<BTreeSet<usize>>,
    /// With the answer's status: an error is of another kind.
    kinds: Vec<String>,
}

fn push(seen: &Seen) -> Option<Written<'_>> {
    let What::Push(body) = &seen.what else {
        return None;
    };
    let parsed: Value = serde_json::from_str(body).ok()?;
    let streams = parsed["streams"].as_array()?.iter();
    let labels = |stream: &Value| -> BTreeMap<String, String> {
        let map = stream["stream"].as_object().into_iter().flatten();
        map.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect()
    };
    Some(Written {
        ended: seen.ended,
        body,
        streams: streams.map(labels).collect(),
    })
}

impl Pushes<'_> {
    /// The pushes that a request sees; none where it sees one that ended after it began, or all there are.
    fn needs(&self, began: u64, request: &Request) -> Option<Rc<BTreeSet<usize>>> {
        let stateless = [
            "/format_query",
            "/buildinfo",
            "/ready",
            "/drilldown-limits",
            "/flush",
        ];
        if stateless.iter().any(|end| request.path.ends_with(end)) {
            return Some(Rc::default());
        }
        let queries = request.params.iter();
        let queries = queries.filter(|(name, _)| name == "query" || name == "match[]");
        let mut selectors = Vec::new();
        for (_, query) in queries {
            match parse(query) {
                Ok(expr) => collect(&expr, &mut selectors),
                // Refused by its text, whatever lines there are.
                Err(_) => return Some(Rc::default()),
            }
        }
        if selectors.is_empty() {
            return None;
        }
        let needs = self.seen_by(&selectors);
        let is_before = |index: &usize| {
            self.written
                .get(*index)
                .is_some_and(|push| push.ended < began)
        };
        needs.iter().all(is_before).then_some(needs)
    }

    fn seen_by(&self, selectors: &[Vec<Matcher>]) -> Rc<BTreeSet<usize>> {
        let key = format!("{selectors:?}");
        if let Some(known) = self.seen_by.borrow().get(&key) {
            return Rc::clone(known);
        }
        let selectors: Vec<Vec<May>> = selectors
            .iter()
            .map(|selector| selector.iter().map(May::new).collect())
            .collect();
        let matches = |labels: &BTreeMap<String, String>| {
            selectors
                .iter()
                .any(|selector| selector.iter().all(|may| may.matches(labels)))
        };
        let pushes = self.written.iter().enumerate();
        let seen = pushes.filter(|(_, push)| push.streams.iter().any(matches));
        let seen: Rc<BTreeSet<usize>> = Rc::new(seen.map(|(index, _)| index).collect());
        self.seen_by.borrow_mut().insert(key, Rc::clone(&seen));
        seen
    }
}

/// Whether a matcher lets a stream through, as far as its text says: what is not known may.
struct May<'m> {
    matcher: &'m Matcher,
    regex: Option<re2::Re2>,
}

impl<'m> May<'m> {
    fn new(matcher: &'m Matcher) -> Self {
        let is_regex = matches!(matcher.op, MatchOp::Regex | MatchOp::NotRegex);
        let regex = is_regex
            .then(|| re2::Re2::new(&matcher.value).ok())
            .flatten();
        Self { matcher, regex }
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let matcher = self.matcher;
        let value = labels.get(&matcher.name).map_or("", String::as_str);
        match (matcher.op, &self.regex) {
            // Loki adds this one by itself.
            _ if matcher.name == "service_name" => true,
            (MatchOp::Equal, _) => value == matcher.value,
            (MatchOp::NotEqual, _) => value != matcher.value,
            (op, Some(regex)) => regex.matches(value) == (op == MatchOp::Regex),
            (_, None) => true,
        }
    }
}

fn collect(expr: &Expr, selectors: &mut Vec<Vec<Matcher>>) {
    match expr {
        Expr::Log(LogExpr { selector, .. }) => selectors.push(selector.clone()),
        Expr::Metric(metric) => collect_metric(metric, selectors),
    }
}

fn collect_metric(expr: &MetricExpr, selectors: &mut Vec<Vec<Matcher>>) {
    match expr {
        MetricExpr::Range(range) => selectors.push(range.lines.selector.clone()),
        MetricExpr::Vector(vector) => collect_metric(&vector.inner, selectors),
        MetricExpr::Binary(binary) => {
            collect_metric(&binary.left, selectors);
            collect_metric(&binary.right, selectors);
        }
        MetricExpr::LabelReplace(replace) => collect_metric(&replace.inner, selectors),
        MetricExpr::Number(_) | MetricExpr::ConstantVector(_) => {}
    }
}
