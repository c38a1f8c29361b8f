//! The trading framework: portfolios, each in a run, whose engines trade and report.

mod book;
mod line;
mod orders;

use super::catalog::{portfolios, run_id, run_slot};
use super::dice::{Dice, mix, thinned};
use super::draft::{Draft, MS, Program, TraceLabels};
use super::incident::Weather;
use book::{Book, first_bar};
use line::{Run, Trace, business, line};

/// The trading framework.
pub(super) struct Ginkgo {
    seed: u64,
    weather: Weather,
    start_ns: i64,
    books: Vec<Book>,
    traces: TraceLabels,
    /// Orders so far: their ids count on over runs and portfolios.
    orders: i64,
}

impl Ginkgo {
    /// The framework of a seed, from the start of the range.
    pub(super) fn new(seed: u64, start_ns: i64, weather: Weather) -> Self {
        let books = portfolios(seed).into_iter().enumerate();
        let books = books.map(|(index, portfolio)| Book {
            run: Run {
                task_id: String::new(),
                engine_id: String::new(),
                portfolio_id: portfolio.id.clone(),
                clock: first_bar(index),
                label: false,
            },
            index,
            portfolio,
            slot: None,
            not_before: start_ns,
            busy_until: start_ns,
            cash: 1_000_000.0,
            bars: 0,
            orders: 0,
            breaks_limits: true,
            started_ns: start_ns,
        });
        Self {
            seed,
            weather,
            start_ns,
            books: books.collect(),
            traces: TraceLabels::new(start_ns),
            orders: 0,
        }
    }

    /// Ends a run whose time is over and starts the next; gives the time from which it runs.
    fn turn(&self, book: &mut Book, dice: &mut Dice, at: i64, out: &mut Vec<Draft>) -> i64 {
        let slot = run_slot(self.start_ns, book.index, at);
        if book.slot == Some(slot) {
            return at;
        }
        // What the old run has begun is over before it ends.
        let mut at = at.max(book.busy_until);
        if book.slot.is_some() {
            out.push(book.complete(dice, at));
            at += 5 * MS;
        }
        book.slot = Some(slot);
        book.cash = 1_000_000.0;
        book.bars = 0;
        book.orders = 0;
        book.started_ns = at;
        let engine = mix(&[self.seed, 77, book.index as u64, slot]) & 0xffff;
        book.run = Run {
            task_id: run_id(self.seed, book.index, slot),
            engine_id: format!("engine-{engine:04x}"),
            portfolio_id: book.portfolio.id.clone(),
            clock: first_bar(book.index),
            label: thinned(slot, 4),
        };
        let message = format!("Engine started for {} 启动", book.portfolio.name);
        let fields = vec![business("event_type", "ENGINESTART")];
        out.push(line(
            dice,
            at,
            &book.engine("system", "info"),
            message,
            fields,
        ));
        book.not_before = at + MS;
        book.not_before
    }

    fn happen(&mut self, book: &mut Book, dice: &mut Dice, at: i64, out: &mut Vec<Draft>) {
        let calm = [
            (20, What::Price),
            (34, What::Order),
            (10, What::Capital),
            (3, What::Risk),
            (11, What::Performance),
            (12, What::Component),
            (2, What::Error),
            (5, What::Time),
        ];
        let stormy = [
            (10, What::Price),
            (25, What::Order),
            (20, What::Risk),
            (25, What::Error),
        ];
        // Hard enough for each strategy's error rate, which only breaches of limits raise.
        let storm = [
            (5, What::Price),
            (10, What::Order),
            (45, What::Risk),
            (40, What::Error),
        ];
        // With incidents, what rules alert on at its first sight comes in storms alone.
        let quiet = [
            (20, What::Price),
            (34, What::Order),
            (10, What::Capital),
            (11, What::Performance),
            (12, What::Component),
            (5, What::Time),
        ];
        let is_stormy = self.weather.storms_over(book.index, at);
        let has_incidents = self.weather.has_incidents();
        book.breaks_limits = is_stormy || !has_incidents;
        let what = match (is_stormy, has_incidents) {
            (true, true) => dice.weighted(&storm),
            (true, false) => dice.weighted(&stormy),
            (false, true) => dice.weighted(&quiet),
            (false, false) => dice.weighted(&calm),
        };
        match what {
            What::Price => book.price(dice, at, out),
            What::Order => {
                let trace = Trace {
                    id: dice.hex(32),
                    label: self.traces.admit(at),
                };
                self.orders += 1;
                book.order(dice, at, &trace, self.orders, out);
            }
            What::Capital => out.push(book.capital(dice, at, None)),
            What::Risk => out.push(book.risk(dice, at, None)),
            What::Performance => out.push(book.performance(dice, at)),
            What::Component => out.push(book.component(dice, at)),
            What::Error => out.push(book.error(dice, at)),
            What::Time => out.push(book.time(dice, at)),
        }
    }
}

impl Program for Ginkgo {
    fn act(&mut self, dice: &mut Dice, at_ns: i64) -> Vec<Draft> {
        let mut out = Vec::new();
        let chosen = dice.between(0, self.books.len() as i64 - 1) as usize;
        if chosen >= self.books.len() {
            return out;
        }
        // Taken out while it acts: it needs the framework's counters.
        let mut book = self.books.swap_remove(chosen);
        let earliest = at_ns.max(book.not_before);
        if !self.weather.silences(book.index, earliest) {
            let at = self.turn(&mut book, dice, earliest, &mut out);
            book.advance();
            self.happen(&mut book, dice, at, &mut out);
        }
        let last = out.iter().map(|draft| draft.timestamp_ns).max();
        book.busy_until = book.busy_until.max(last.unwrap_or(at_ns));
        self.books.push(book);
        out
    }
}

#[derive(Clone, Copy)]
enum What {
    Price,
    Order,
    Capital,
    Risk,
    Performance,
    Component,
    Error,
    Time,
}
