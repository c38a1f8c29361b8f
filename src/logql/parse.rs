//! Reading a stream selector that a user wrote in the settings.

use std::fmt;

use super::{LabelName, MatchOp, Matcher, Selector, is_name, quote};

/// Why a text is no stream selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    problem: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let example = "{job=\"ginkgo\", env=~\"prod|test\"}";
        write!(f, "{}; a selector looks like {example}", self.problem)
    }
}

impl std::error::Error for ParseError {}

/// Reads a stream selector: braces, and one or more matchers between commas.
///
/// # Errors
/// Says what is wrong and where. A selector without any matcher that a stream must satisfy is
/// refused as Loki would refuse it.
pub fn parse_selector(text: &str) -> Result<Selector, ParseError> {
    let inner = text.trim().strip_prefix('{');
    let mut rest = inner.ok_or_else(|| error("it does not start with {"))?;
    let mut matchers = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            rest = after;
            break;
        }
        let (matcher, after) = parse_matcher(rest)?;
        matchers.push(matcher);
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
        } else if !rest.starts_with('}') {
            return Err(error(&format!(
                "expected , or }} before {}",
                quote::string(rest)
            )));
        }
    }
    if !rest.trim().is_empty() {
        let rest = quote::string(rest.trim());
        return Err(error(&format!("nothing may follow the }}, found {rest}")));
    }
    if !matchers.iter().any(needs_a_value) {
        return Err(error(
            "at least one matcher must ask for a value, else it names every stream",
        ));
    }
    Ok(Selector { matchers })
}

/// Returns the stream selectors of any LogQL, in order, each once: in LogQL nothing else stands in
/// braces outside quotes. What is not complete is left out.
pub fn selectors(logql: &str) -> Vec<&str> {
    let mut selectors = Vec::new();
    let mut start = None;
    let mut position = 0;
    while let Some(rest) = logql.get(position..) {
        let Some(next) = rest.chars().next() else {
            break;
        };
        match next {
            '"' | '`' => {
                let Some((_, after)) = quote::read_string(rest) else {
                    break;
                };
                position = logql.len() - after.len();
                continue;
            }
            '#' => {
                position += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '{' => start = Some(position),
            '}' => {
                let selector = start.take().and_then(|start| logql.get(start..=position));
                selectors.extend(selector.filter(|selector| !selectors.contains(selector)));
            }
            _ => {}
        }
        position += next.len_utf8();
    }
    selectors
}

fn parse_matcher(text: &str) -> Result<(Matcher, &str), ParseError> {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let name = LabelName::new(name).ok_or_else(|| {
        let why = if is_name(name) {
            "a word of LogQL, which cannot name a label, at"
        } else {
            "no label name at"
        };
        error(&format!("{why} {}", quote::string(text)))
    })?;
    let rest = rest.trim_start();
    // The longer operators first: `=` starts `=~`.
    let ops = [
        MatchOp::Matches,
        MatchOp::NotMatches,
        MatchOp::NotEqual,
        MatchOp::Equal,
    ];
    let (op, rest) = ops
        .into_iter()
        .find_map(|op| Some((op, rest.strip_prefix(op.as_str())?)))
        .ok_or_else(|| error(&format!("label {name} needs =, !=, =~ or !~ and a value")))?;
    let (value, rest) = quote::read_string(rest.trim_start())
        .ok_or_else(|| error(&format!("the value of label {name} is no quoted string")))?;
    Ok((Matcher { name, op, value }, rest))
}

/// Says whether a stream without the label fails the matcher, as far as that is plain to see.
fn needs_a_value(matcher: &Matcher) -> bool {
    match matcher.op {
        MatchOp::Equal => !matcher.value.is_empty(),
        MatchOp::Matches => !matches!(matcher.value.as_str(), "" | ".*"),
        MatchOp::NotEqual => matcher.value.is_empty(),
        MatchOp::NotMatches => matcher.value == ".*" || matcher.value.is_empty(),
    }
}

fn error(problem: &str) -> ParseError {
    ParseError {
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read_and_printed_back() {
        for (text, printed) in [
            (r#"{job="x"}"#, r#"{job="x"}"#),
            (r#" { job = "x" , a!~`b\d` , } "#, r#"{job="x", a!~"b\\d"}"#),
            (r#"{a=~".+",b!="\"}"}"#, r#"{a=~".+", b!="\"}"}"#),
        ] {
            assert_eq!(parse_selector(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn selectors_are_found_in_any_logql() {
        for (logql, found) in [
            (r#"{a="x"} |= "{b}" | json"#, &[r#"{a="x"}"#][..]),
            (
                r#"sum(rate({a="}"}[1m])) / sum(rate({a=`\{`} [1m]))"#,
                &[r#"{a="}"}"#, r"{a=`\{`}"],
            ),
            (
                r#"sum(rate({a="x"}[1m])) or sum(rate({a="x"}[5m]))"#,
                &[r#"{a="x"}"#],
            ),
            ("# {c=\"d\"}\n{a=\"x\"} # {", &["{a=\"x\"}"]),
            (r#"{a="\"}"} |= "é""#, &[r#"{a="\"}"}"#]),
            (r#"{a="x"#, &[]),
            (r#"{a="x""#, &[]),
            ("1 + 1", &[]),
            ("", &[]),
        ] {
            assert_eq!(selectors(logql), found, "{logql}");
        }
    }

    #[test]
    fn what_is_no_selector_says_why() {
        for (text, problem) in [
            ("job=\"x\"", "it does not start with {"),
            ("{}", "at least one matcher must ask for a value"),
            ("{a=~\".*\"}", "at least one matcher must ask for a value"),
            ("{a=\"x\"", "expected , or } before \"\""),
            ("{a=x}", "the value of label a is no quoted string"),
            ("{a}", "label a needs =, !=, =~ or !~ and a value"),
            (
                "{a=\"x\"} |= \"y\"",
                "nothing may follow the }, found \"|= \\\"y\\\"\"",
            ),
            ("{\"a\"=\"x\"}", "no label name at"),
            ("{offset=\"x\"}", "a word of LogQL"),
            ("{a=\"x\" b=\"y\"}", "expected , or } before"),
        ] {
            let error = parse_selector(text).unwrap_err().to_string();
            assert!(error.starts_with(problem), "{text}: {error}");
        }
    }
}
