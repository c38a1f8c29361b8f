//! Whatever a question holds, Loki's own parser accepts what Ginkgo writes of it.
//!
//! `GINKGO_QUERIES` is how many hostile questions (300), `GINKGO_SEED` the seed of the first.

use crate::random::from_env;
use crate::roll::Dice;
use crate::structure::case;
use crate::support;

#[test]
fn every_hostile_question_is_logql_to_loki() {
    let (seed, count) = (from_env("GINKGO_SEED", 1), from_env("GINKGO_QUERIES", 300));
    let base = &support::loki().url;
    let mut accepted = 0;
    let mut wrong = Vec::new();
    for seed in seed..seed + count {
        let mut dice = Dice::new(seed);
        // The users' own regular expressions are Loki's to judge: most of these are none.
        let case = case(&mut |bound| dice.below(bound), false);
        let Ok(logql) = case.hostile.logql() else {
            continue;
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("query", &logql)
            .finish();
        let response = support::get(&format!("{base}/loki/api/v1/format_query?{form}"), &[]);
        if response.status == 200 {
            accepted += 1;
        } else {
            wrong.push(format!(
                "GINKGO_SEED={seed} GINKGO_QUERIES=1\n  {}\n  {logql}\n  {response:?}",
                case.hostile.query
            ));
        }
    }
    println!("{accepted} of {count} accepted, the others refused by Ginkgo");
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        count < 50 || accepted * 2 > count,
        "most questions are refused"
    );
}
