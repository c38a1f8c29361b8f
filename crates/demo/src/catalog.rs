//! The ids that exist for a seed.

use super::config::{Config, System};
use super::dice::{Dice, mix};

/// A run lasts half an hour of wall-clock time.
const RUN_NS: i64 = 1_800_000_000_000;

/// The portfolios start their runs this far apart.
const PHASE_NS: i64 = 420_000_000_000;

/// More runs than this are not listed.
const MAX_RUNS: usize = 200;

/// An id that holds whatever regexes, LogQL and JSON treat as special.
const ODD_PORTFOLIO: &str = "pf \"odd\" \\ {x|y} `tick` .*\n订单 $1 'q'";

/// Another one.
const ODD_STRATEGY: &str = "strat [a-z]+ \"q\" \\d {job=~\".+\"} | `b` 🚀";

/// Names of portfolios and strategies, as people give them.
const PORTFOLIO_NAMES: [&str; 4] = ["沪深300增强", "crypto momentum 🚀", "中性套利", "odd 组合"];
const STRATEGY_NAMES: [&str; 5] = [
    "dual_thrust",
    "mean_reversion",
    "均线突破",
    "pairs_zscore",
    "网格交易",
];

/// The ids that exist for a configuration, to ask questions with.
///
/// Trace ids are too many to list: entries carry theirs in
/// [`truth.fields`](super::Truth::fields) under `trace_id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The portfolios: UUIDs, and last an odd one with quotes, braces, a back tick and a newline.
    pub portfolios: Vec<String>,
    /// The strategies of all portfolios, two or three each; the last is odd too.
    pub strategies: Vec<String>,
    /// The runs that begin in the range, oldest first, at most 200. A run that begins right before
    /// the range's end may have written little or nothing.
    pub runs: Vec<String>,
}

/// Lists the ids that the entries of this configuration use; empty without the `ginkgo` system.
pub fn catalog(config: &Config) -> Catalog {
    if !config.systems.contains(&System::Ginkgo) {
        return Catalog::default();
    }
    let known = portfolios(config.seed);
    let mut runs = Vec::new();
    let slots = 0..=(MAX_RUNS as u64);
    for slot in slots {
        for index in 0..known.len() {
            let start_ns = run_start(config.start_ns, index, slot);
            if start_ns < config.end_ns && runs.len() < MAX_RUNS {
                runs.push(run_id(config.seed, index, slot));
            }
        }
    }
    let strategies = known.iter().flat_map(|portfolio| &portfolio.strategies);
    Catalog {
        strategies: strategies.map(|strategy| strategy.id.clone()).collect(),
        portfolios: known.into_iter().map(|portfolio| portfolio.id).collect(),
        runs,
    }
}

/// A portfolio and what it trades by.
pub(super) struct Portfolio {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) strategies: Vec<Strategy>,
}

/// A strategy.
#[derive(Clone)]
pub(super) struct Strategy {
    pub(super) id: String,
    pub(super) name: &'static str,
}

/// The portfolios of a seed.
pub(super) fn portfolios(seed: u64) -> Vec<Portfolio> {
    // A stream that no system uses: the ids do not depend on what is generated.
    let mut dice = Dice::new(seed, 1_000);
    let last = PORTFOLIO_NAMES.len() - 1;
    let named = PORTFOLIO_NAMES.into_iter().enumerate();
    let mut all: Vec<Portfolio> = named
        .map(|(index, name)| {
            let id = dice.uuid();
            let count = if index % 2 == 0 { 3 } else { 2 };
            let names = STRATEGY_NAMES.iter().cycle().skip(index * 2).take(count);
            let strategies = names
                .map(|name| Strategy {
                    id: dice.uuid(),
                    name,
                })
                .collect();
            Portfolio {
                id: if index == last {
                    ODD_PORTFOLIO.to_owned()
                } else {
                    id
                },
                name,
                strategies,
            }
        })
        .collect();
    let odd = all.last_mut().and_then(|last| last.strategies.last_mut());
    if let Some(strategy) = odd {
        ODD_STRATEGY.clone_into(&mut strategy.id);
    }
    all
}

/// Which run of a portfolio goes on at a time, counted from the range's start.
pub(super) fn run_slot(start_ns: i64, portfolio: usize, at_ns: i64) -> u64 {
    let since = at_ns.saturating_sub(start_ns).max(0);
    (since.saturating_add(phase(portfolio)) / RUN_NS) as u64
}

/// When that run begins; the first one with the range.
fn run_start(start_ns: i64, portfolio: usize, slot: u64) -> i64 {
    let offset = (slot as i64).saturating_mul(RUN_NS) - phase(portfolio);
    start_ns.saturating_add(offset.max(0))
}

fn phase(portfolio: usize) -> i64 {
    portfolio as i64 * PHASE_NS
}

/// The id (`task_id`) of a run.
pub(super) fn run_id(seed: u64, portfolio: usize, slot: u64) -> String {
    let digits = mix(&[seed, portfolio as u64, slot]) & 0xffff_ffff;
    format!("bt-{digits:08x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_a_dozen_runs() {
        let known = catalog(&Config::new(1, 0, 3_600_000_000_000));
        assert_eq!(known.portfolios.len(), 4);
        assert_eq!(known.strategies.len(), 10);
        assert!((8..=12).contains(&known.runs.len()), "{:?}", known.runs);
    }

    #[test]
    fn slots_and_starts_agree() {
        for portfolio in 0..4 {
            for slot in 0..5 {
                let start = run_start(5, portfolio, slot);
                assert_eq!(run_slot(5, portfolio, start), slot);
            }
        }
    }

    #[test]
    fn another_seed_has_other_ids() {
        let [one, two] = [1, 2].map(|seed| catalog(&Config::new(seed, 0, 1)));
        assert_ne!(one.portfolios, two.portfolios);
    }
}
