//! A portfolio at work: what its engine reports.

use jiff::civil::{DateTime, date};

use super::super::catalog::Portfolio;
use super::super::dice::Dice;
use super::super::draft::{Draft, MS, Value, nested};
use super::super::phrases::{ERRORS, TRACEBACK};
use super::line::{Run, Source, Trace, business, line};

/// What is traded: dots, slashes and dashes.
pub(super) const SYMBOLS: [&str; 6] = [
    "000001.SZ",
    "600519.SH",
    "300750.SZ",
    "BTC/USDT",
    "ETH/USDT",
    "ESZ5-CME",
];

/// A portfolio at work.
pub(super) struct Book {
    pub(super) index: usize,
    pub(super) portfolio: Portfolio,
    pub(super) slot: Option<u64>,
    /// Nothing of this portfolio is written before this time.
    pub(super) not_before: i64,
    /// The last line so far.
    pub(super) busy_until: i64,
    pub(super) run: Run,
    pub(super) cash: f64,
    pub(super) bars: i64,
    pub(super) orders: i64,
    /// Whether its orders may break limits now.
    pub(super) breaks_limits: bool,
    pub(super) started_ns: i64,
}

/// Where a run's simulated time begins.
pub(super) fn first_bar(index: usize) -> DateTime {
    let day = 2 + (index as i8 % 20);
    date(2020, 3, day).at(9, 30, 0, 0)
}

impl Book {
    /// Five simulated minutes; nothing is traded from three in the afternoon on.
    pub(super) fn advance(&mut self) {
        self.bars += 1;
        let next = self.run.clock.saturating_add(jiff::Span::new().minutes(5));
        self.run.clock = if next.hour() < 15 {
            next
        } else {
            let morning = next.date().tomorrow().unwrap_or(next.date());
            morning.at(9, 30, 0, 0)
        };
    }

    /// The worker that runs this portfolio's engine.
    pub(super) fn worker(&self) -> &'static str {
        if self.index.is_multiple_of(2) {
            "ginkgo-worker-0"
        } else {
            "ginkgo-worker-1"
        }
    }

    pub(super) fn engine<'a>(&'a self, category: &'a str, level: &'a str) -> Source<'a> {
        Source {
            container: self.worker(),
            category,
            level,
            logger: "ginkgo.engine",
            run: &self.run,
            strategy: None,
            trace: None,
        }
    }

    pub(super) fn price(&self, dice: &mut Dice, at: i64, out: &mut Vec<Draft>) {
        let source = self.engine("backtest", "debug");
        let mut at = at;
        for _ in 0..dice.between(1, 3) {
            let symbol = *dice.pick(&SYMBOLS);
            let price = dice.decimal(5.0, 900.0, 2);
            let fields = vec![
                business("event_type", "PRICERECEIVED"),
                business("symbol", symbol),
                business("price", price),
                business("volume", dice.between(1, 900) * 100),
            ];
            let message = format!("Price received: {symbol} @ {price:?}");
            out.push(line(dice, at, &source, message, fields));
            at += dice.between(100_000, 5 * MS);
        }
    }

    /// The portfolio's worth.
    pub(super) fn capital(&self, dice: &mut Dice, at: i64, trace: Option<&Trace>) -> Draft {
        let source = Source {
            trace,
            ..self.engine("backtest", "info")
        };
        let total = self.cash * dice.decimal(0.9, 1.2, 4);
        let total = (total * 100.0).round() / 100.0;
        let fields = vec![
            business("event_type", "CAPITALUPDATE"),
            business("total_value", total),
            business("available_cash", (self.cash * 100.0).round() / 100.0),
            business("net_value", dice.decimal(0.9, 1.2, 4)),
            business("drawdown", dice.decimal(0.0, 0.15, 5)),
            business("pnl", dice.decimal(-9_000.0, 12_000.0, 2)),
        ];
        line(
            dice,
            at,
            &source,
            format!("资金更新 total={total:?}"),
            fields,
        )
    }

    /// A limit that was touched.
    pub(super) fn risk(&self, dice: &mut Dice, at: i64, trace: Option<&Trace>) -> Draft {
        let level = dice.weighted(&[(5, "warning"), (3, "error"), (1, "critical")]);
        let (kind, reason) = *dice.pick(&[
            ("POSITION_LIMIT", "position above the limit"),
            ("DRAWDOWN", "回撤超过限制"),
            ("CONCENTRATION", "one symbol holds > 30% of the portfolio"),
        ]);
        let strategy = dice.pick(&self.portfolio.strategies);
        let source = Source {
            container: "ginkgo-risk",
            logger: "ginkgo.risk",
            trace,
            strategy: Some(strategy),
            ..self.engine("backtest", level)
        };
        let limit = dice.decimal(0.1, 0.3, 2);
        let fields = vec![
            business("event_type", "RISKBREACH"),
            business("risk_type", kind),
            business("risk_reason", reason),
            business("risk_limit_value", limit),
            business("risk_actual_value", limit + 0.125),
        ];
        line(
            dice,
            at,
            &source,
            format!("Risk breach: {reason} ⚠"),
            fields,
        )
    }

    pub(super) fn performance(&self, dice: &mut Dice, at: i64) -> Draft {
        let source = Source {
            logger: "ginkgo.perf",
            ..self.engine("performance", "info")
        };
        let function = *dice.pick(&["on_bar", "load_bars", "match_orders", "settle"]);
        let module = *dice.pick(&["ginkgo.engine", "ginkgo.data", "ginkgo.matching"]);
        let duration = dice.wait(40.0) + 0.2;
        let fields = vec![
            business("duration_ms", (duration * 1000.0).round() / 1000.0),
            business("memory_mb", dice.decimal(180.0, 900.0, 1)),
            business("cpu_percent", dice.decimal(1.0, 99.0, 1)),
            business("throughput", dice.between(200, 90_000)),
            business("function_name", function),
            business("module_name", module),
        ];
        line(
            dice,
            at,
            &source,
            format!("{module}.{function} measured"),
            fields,
        )
    }

    pub(super) fn component(&self, dice: &mut Dice, at: i64) -> Draft {
        let component = *dice.pick(&["DataFeeder", "MatchMaker", "Analyzer", "Selector", "风控"]);
        let level = dice.weighted(&[(8, "info"), (8, "debug"), (1, "warning")]);
        let container = *dice.pick(&[self.worker(), "ginkgo-gateway"]);
        let source = Source {
            container,
            logger: "ginkgo.component",
            ..self.engine("component", level)
        };
        let fields = vec![
            business("component_name", component),
            business("strategy_name", Value::Null),
        ];
        line(
            dice,
            at,
            &source,
            format!("Component {component} ready ✓"),
            fields,
        )
    }

    pub(super) fn error(&self, dice: &mut Dice, at: i64) -> Draft {
        let level = dice.weighted(&[(5, "error"), (1, "critical")]);
        let (kind, text) = *dice.pick(&ERRORS);
        let mut fields = vec![
            business("event_type", "ENGINEERROR"),
            business("error_code", format!("E{}", dice.between(1000, 1020))),
            nested("error_type", ["error", "type", ""], kind),
            nested("error_message", ["error", "message", ""], text),
        ];
        if dice.chance(0.5) {
            let path = ["error", "stack_trace", ""];
            fields.push(nested("error_stack_trace", path, TRACEBACK));
        }
        let source = self.engine("system", level);
        line(
            dice,
            at,
            &source,
            format!("Engine error: {kind}: {text}"),
            fields,
        )
    }

    pub(super) fn time(&self, dice: &mut Dice, at: i64) -> Draft {
        let (event, message) = *dice.pick(&[
            ("TIMEADVANCE", "Time advanced"),
            ("T1SETTLEMENT", "T+1 交割"),
            ("T1DELAYDECISION", "Decision delayed to the next day"),
            ("ENGINEPAUSE", "Engine paused"),
            ("ENGINERESUME", "Engine resumed"),
        ]);
        let fields = vec![business("event_type", event)];
        let source = self.engine("backtest", "debug");
        line(dice, at, &source, message.to_owned(), fields)
    }

    pub(super) fn complete(&self, dice: &mut Dice, at: i64) -> Draft {
        let seconds = at.saturating_sub(self.started_ns) / (1000 * MS);
        let fields = vec![
            business("event_type", "ENGINECOMPLETE"),
            business("duration_seconds", seconds as f64),
            business("total_bars", self.bars),
            business("total_orders", self.orders),
            business("final_capital", (self.cash * 100.0).round() / 100.0),
            business("total_return", dice.decimal(-0.2, 0.4, 4)),
        ];
        let source = self.engine("system", "info");
        line(dice, at, &source, "Engine complete 🎉".to_owned(), fields)
    }
}
