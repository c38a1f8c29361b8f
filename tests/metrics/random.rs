//! Random metric questions against the oracle.
//!
//! `GINKGO_QUERIES` is how many (120), `GINKGO_SEED` the seed of the first; each next one has the next
//! seed, so `GINKGO_SEED=<n> GINKGO_QUERIES=1` asks exactly question n again. Systems and layouts take
//! turns. The long run is in `scripts/exact.sh`.

use std::collections::BTreeMap;

use crate::check::check;
use crate::roll::{CELLS, cell};
use crate::rolled::question;

fn from_env(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect(name))
}

#[test]
fn random_metrics_are_what_the_oracle_says() {
    let (seed, count) = (from_env("GINKGO_SEED", 1), from_env("GINKGO_QUERIES", 120));
    println!("GINKGO_SEED={seed} GINKGO_QUERIES={count}");
    let mut wrong = 0_u64;
    let (mut full, mut refused, mut cut) = (0_u64, 0_u64, 0_u64);
    let (mut series, mut points) = (0, 0);
    let mut asked: BTreeMap<String, u64> = BTreeMap::new();
    for seed in seed..seed + count {
        let (layout, system) = cell(seed);
        *asked.entry(format!("{system} {layout}")).or_default() += 1;
        let (site, corpus, metric) = question(seed);
        let began = std::time::Instant::now();
        let checked = check(&site, corpus, &metric);
        if began.elapsed().as_secs() > 5 {
            println!("GINKGO_SEED={seed} took {:?}", began.elapsed());
        }
        match checked {
            Ok(found) => {
                full += u64::from(found.points > 0);
                refused += u64::from(found.was_refused);
                cut += u64::from(found.with_other);
                series += found.series;
                points += found.points;
            }
            Err(what) => {
                // At once: a long run may be ended before it is through.
                println!("WRONG GINKGO_SEED={seed} GINKGO_QUERIES=1\n  {what}");
                wrong += 1;
            }
        }
    }
    println!("{asked:?}");
    println!(
        "{full} of {count} answers had numbers: {series} series, {points} points; {refused} refused, {cut} cut"
    );
    assert_eq!(wrong, 0, "wrong answers, printed above with their seeds");
    assert!(count < CELLS || asked.len() as u64 == CELLS, "{asked:?}");
    assert!(
        count < 50 || full * 2 > count,
        "most questions have no answer"
    );
    assert!(
        count < 50 || refused * 10 < count,
        "{refused} of {count} refused"
    );
}
