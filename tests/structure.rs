//! No text changes the structure of the LogQL that it is written into: hostile texts in ids, filters,
//! searches, columns, names of fields, and in the settings' selectors, keys and tenant.
//!
//! `GINKGO_VALUES` is how many texts (20,000), `GINKGO_SEED` the seed of the first question; each next
//! one has the next seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "support/structure.rs"]
mod structure;

use ginkgo::loki::{Client, Options};
use rand::{RngExt, SeedableRng};
use structure::{Outcome, case, check};

fn from_env(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect(name))
}

#[test]
fn no_text_changes_a_query_s_structure() {
    let (mut seed, count) = (
        from_env("GINKGO_SEED", 1),
        from_env("GINKGO_VALUES", 20_000),
    );
    let (mut texts, mut asked, mut refused) = (0, 0_u64, 0_u64);
    let mut wrong = Vec::new();
    while texts < count {
        let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let case = case(&mut |bound| dice.random_range(0..bound), true);
        texts += case.texts as u64;
        asked += 1;
        match check(&case) {
            Ok(Outcome::Same) => {}
            Ok(Outcome::Refused) => refused += 1,
            Err(what) => wrong.push(format!("GINKGO_SEED={seed} GINKGO_VALUES=1: {what}")),
        }
        seed += 1;
    }
    println!("{texts} texts in {asked} questions, {refused} of them refused");
    let first: Vec<&String> = wrong.iter().take(2).collect();
    assert!(wrong.is_empty(), "{} wrong: {first:#?}", wrong.len());
    assert!(
        count < 1000 || refused * 2 < asked,
        "most questions are refused"
    );
}

#[test]
fn the_tokenizer_sees_what_is_no_string() {
    let structure = |logql: &str| structure::structure(logql).map(|tokens| tokens.join(" "));
    let seen = structure(r#"{a="x\"}", b=~"y|"} |= "z" | json gk_q="a" | gk_q="1" or n>=4.5"#);
    let meant = r#"{ a = "" , b =~ "" } |= "" | json gk_0 = "" | gk_0 = "" or n >= 4.5"#;
    assert_eq!(seen.as_deref(), Some(meant));
    for broken in [
        "{a=\"x",
        "{a=\"\n\"}",
        "{a=\"\\q\"}",
        "{a=`x`}",
        "{a=\"x\"} ; y",
        "é",
    ] {
        assert_eq!(structure(broken), None, "{broken}");
    }
}

#[test]
fn no_tenant_adds_a_line_to_a_request_s_head() {
    let (seed, count) = (
        from_env("GINKGO_SEED", 1),
        from_env("GINKGO_VALUES", 20_000),
    );
    let (mut taken, mut refused) = (0, 0);
    for seed in seed..seed + count / 20 {
        let mut dice = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let tenant = structure::text(&mut |bound| dice.random_range(0..bound));
        let mut options = Options::new("http://127.0.0.1:3100");
        options.tenant = Some(tenant.clone());
        let breaks = tenant.contains(|c: char| c.is_ascii_control() && c != '\t');
        match Client::new(options) {
            Ok(_) => {
                assert!(!breaks, "GINKGO_SEED={seed}: {tenant:?} is taken");
                taken += 1;
            }
            Err(error) => {
                assert!(breaks, "GINKGO_SEED={seed}: {tenant:?} is refused");
                assert!(error.to_string().contains("tenant"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(taken > 0 && refused > 0 || count < 1000);
}
