//! When things go wrong: short bursts by default, or incidents long enough to alert on.
//!
//! With incidents every hour of the clock tells the same: from minute 10 to 22 a storm of errors (one
//! portfolio, and everybody's requests), from minute 35 to 55 silence (another portfolio, and one
//! service of the web service and of the Docker services). Between them little goes wrong: no engine
//! fails, and no limit is broken.

use super::catalog::portfolios;
use super::config::{Config, System};
use super::dice::{burst, mix};

const MINUTE_NS: i64 = 60_000_000_000;
const HOUR_NS: i64 = 60 * MINUTE_NS;
/// From which minute of the hour to which.
const STORM: (i64, i64) = (10, 22);
const SILENCE: (i64, i64) = (35, 55);
/// The portfolios that incidents come to: the odd one has trouble enough.
const STRICKEN: u64 = 3;
/// The services that fall silent.
const SILENT_SERVICES: [(System, &str); 2] = [
    (System::Fastapi, "aichemol-search"),
    (System::Tskv, "orders"),
];

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Many errors.
    Storm,
    /// No lines at all.
    Silence,
}

/// Something that goes wrong for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// What it is.
    pub trouble: Trouble,
    /// The system that it comes to.
    pub system: System,
    /// The portfolio or service; none: all that the system does.
    pub subject: Option<String>,
    /// The first nanosecond.
    pub start_ns: i64,
    /// The end, exclusive.
    pub end_ns: i64,
}

/// Lists the incidents of a configuration that begin in its range, oldest first; at most a week's.
pub fn incidents(config: &Config) -> Vec<Incident> {
    if !config.incidents {
        return Vec::new();
    }
    let weather = Weather::new(config);
    let portfolios = portfolios(config.seed);
    let portfolio = |index: usize| portfolios.get(index).map(|portfolio| portfolio.id.clone());
    let first = config.start_ns.div_euclid(HOUR_NS);
    let last = config.end_ns.div_euclid(HOUR_NS).min(first + 24 * 7);
    let mut all = Vec::new();
    for hour in first..=last {
        let begin = hour * HOUR_NS;
        let mut add = |trouble, (from, to): (i64, i64), system, subject| {
            let (start_ns, end_ns) = (begin + from * MINUTE_NS, begin + to * MINUTE_NS);
            let is_in_range = (config.start_ns..config.end_ns).contains(&start_ns);
            if is_in_range && config.systems.contains(&system) {
                all.push(Incident {
                    trouble,
                    system,
                    subject,
                    start_ns,
                    end_ns,
                });
            }
        };
        for system in System::ALL {
            let subject = match system {
                System::Ginkgo => portfolio(weather.stricken(Trouble::Storm, hour)),
                _ => None,
            };
            add(Trouble::Storm, STORM, system, subject);
        }
        let silent = portfolio(weather.stricken(Trouble::Silence, hour));
        add(Trouble::Silence, SILENCE, System::Ginkgo, silent);
        for (system, service) in SILENT_SERVICES {
            add(Trouble::Silence, SILENCE, system, Some(service.to_owned()));
        }
    }
    all
}

/// What the programs ask before they act.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    seed: u64,
    incidents: bool,
}

impl Weather {
    /// The weather of a configuration.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            seed: config.seed,
            incidents: config.incidents,
        }
    }

    /// Whether a system's requests fail a lot; `stream` is its own.
    pub(super) fn storms(self, stream: u64, at_ns: i64) -> bool {
        if self.incidents {
            within(at_ns, STORM)
        } else {
            burst(self.seed, stream, at_ns)
        }
    }

    /// Whether a portfolio fails a lot.
    pub(super) fn storms_over(self, portfolio: usize, at_ns: i64) -> bool {
        let stricken = self.stricken(Trouble::Storm, at_ns.div_euclid(HOUR_NS));
        self.storms(1, at_ns) && (!self.incidents || stricken == portfolio)
    }

    /// Whether what goes wrong are incidents.
    pub(super) fn has_incidents(self) -> bool {
        self.incidents
    }

    /// Whether a portfolio writes nothing.
    pub(super) fn silences(self, portfolio: usize, at_ns: i64) -> bool {
        let stricken = self.stricken(Trouble::Silence, at_ns.div_euclid(HOUR_NS));
        self.incidents && within(at_ns, SILENCE) && stricken == portfolio
    }

    /// Whether a service writes nothing.
    pub(super) fn silences_service(self, system: System, service: &str, at_ns: i64) -> bool {
        let is_silent = SILENT_SERVICES.contains(&(system, service));
        self.incidents && is_silent && within(at_ns, SILENCE)
    }

    /// Which portfolio an hour's trouble comes to: another one for each.
    fn stricken(self, trouble: Trouble, hour: i64) -> usize {
        let first = mix(&[self.seed, 91, hour as u64]) % STRICKEN;
        let step = u64::from(trouble == Trouble::Silence);
        ((first + step) % STRICKEN) as usize
    }
}

fn within(at_ns: i64, (from, to): (i64, i64)) -> bool {
    (from * MINUTE_NS..to * MINUTE_NS).contains(&at_ns.rem_euclid(HOUR_NS))
}
