//! Random questions against the oracle.
//!
//! `GINKGO_QUERIES` is how many (100), `GINKGO_SEED` the seed of the first; each next one has the next
//! seed, so `GINKGO_SEED=<n> GINKGO_QUERIES=1` asks exactly question n again. Systems and layouts take
//! turns. The long run is in `scripts/exact.sh`.

use crate::compare::{check, check_ids};
use crate::roll::question;

pub fn from_env(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect(name))
}

#[test]
fn random_questions_are_answered_as_the_oracle_says() {
    let (seed, count) = (from_env("GINKGO_SEED", 1), from_env("GINKGO_QUERIES", 100));
    println!("GINKGO_SEED={seed} GINKGO_QUERIES={count}");
    let mut wrong = 0_u64;
    let (mut with_rows, mut rows) = (0_u64, 0);
    for seed in seed..seed + count {
        let (site, corpus, query) = question(seed);
        let mut result = check(&site, corpus, &query);
        if seed % 10 == 0 && query.result == "logs" && result.is_ok() {
            result = check_ids(&site, corpus, &query).and(result);
        }
        match result {
            Ok(found) => {
                with_rows += u64::from(found > 0);
                rows += found;
            }
            Err(what) => {
                // At once: a long run may be ended before it is through.
                println!("WRONG GINKGO_SEED={seed} GINKGO_QUERIES=1\n  {what}");
                wrong += 1;
            }
        }
    }
    println!("{with_rows} of {count} answers had rows, {rows} in all");
    assert_eq!(wrong, 0, "wrong answers, printed above with their seeds");
    assert!(
        count < 50 || with_rows * 2 > count,
        "most questions have no answer"
    );
}
