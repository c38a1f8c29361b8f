//! An order's life, from the signal to the position, over several containers and in one trace.

use super::super::catalog::Strategy;
use super::super::dice::Dice;
use super::super::draft::{Draft, Field, MS, Value};
use super::book::{Book, SYMBOLS};
use super::line::{Source, Trace, business, line};

/// How an order ends.
#[derive(Clone, Copy)]
enum End {
    Filled,
    Rejected,
    Canceled,
    Expired,
}

/// An order on its way.
struct Order<'a> {
    id: String,
    symbol: &'static str,
    direction: &'static str,
    volume: i64,
    price: f64,
    strategy: Strategy,
    trace: &'a Trace,
}

impl Book {
    /// Writes the life of the n-th order.
    pub(super) fn order(
        &mut self,
        dice: &mut Dice,
        at: i64,
        trace: &Trace,
        number: i64,
        out: &mut Vec<Draft>,
    ) {
        let order = Order {
            id: format!("o-{number}"),
            symbol: dice.pick::<&str>(&SYMBOLS),
            direction: dice.pick::<&str>(&["LONG", "SHORT"]),
            volume: dice.between(1, 50) * 100,
            price: dice.decimal(5.0, 900.0, 2),
            strategy: dice.pick(&self.portfolio.strategies).clone(),
            trace,
        };
        self.orders += 1;
        let mut at = self.signals(dice, at, &order, out);
        if dice.chance(0.1) && self.breaks_limits {
            out.push(self.risk(dice, at, Some(trace)));
            at += dice.between(MS, 20 * MS);
        }
        at = self.submit(dice, at, &order, out);
        at += dice.between(20 * MS, 2_500 * MS);
        let ends = [
            (75, End::Filled),
            (12, End::Rejected),
            (8, End::Canceled),
            (5, End::Expired),
        ];
        match dice.weighted(&ends) {
            End::Filled => self.filled(dice, at, &order, out),
            End::Rejected => out.push(self.rejected(dice, at, &order)),
            End::Canceled => {
                let reason = *dice.pick(&["user request", "strategy 'stop' hit", "收盘撤单"]);
                let more = vec![business("cancel_reason", reason)];
                let message = format!("Order canceled: {} ({reason})", order.id);
                out.push(self.gateway(dice, at, &order, ("ORDERCANCELACK", "info"), message, more));
            }
            End::Expired => {
                let more = vec![business("expire_reason", "day order, market closed")];
                let message = format!("Order expired: {}", order.id);
                out.push(self.gateway(
                    dice,
                    at,
                    &order,
                    ("ORDEREXPIRED", "warning"),
                    message,
                    more,
                ));
            }
        }
    }

    fn trader<'a>(&'a self, order: &'a Order<'_>, level: &'a str, logger: &'a str) -> Source<'a> {
        Source {
            container: self.worker(),
            category: "backtest",
            level,
            logger,
            run: &self.run,
            strategy: Some(&order.strategy),
            trace: Some(order.trace),
        }
    }

    fn signals(&self, dice: &mut Dice, at: i64, order: &Order<'_>, out: &mut Vec<Draft>) -> i64 {
        let Order {
            symbol,
            direction,
            volume,
            ..
        } = order;
        let source = self.trader(order, "info", "ginkgo.strategy");
        let mut fields = vec![
            business("event_type", "SIGNALGENERATION"),
            business("signal_volume", *volume),
            business("strategy_name", order.strategy.name),
        ];
        fields.extend(order.subject());
        let message = format!("Signal: {direction} {symbol} x{volume}");
        out.push(line(dice, at, &source, message, fields));
        let mut at = at + dice.between(100_000, 4 * MS);
        if dice.chance(0.5) {
            let mut fields = vec![
                business("event_type", "STRATEGYSIGNAL"),
                business("strategy_name", order.strategy.name),
            ];
            fields.extend(order.subject());
            let message = format!("策略信号 {} {direction} {symbol}", order.strategy.name);
            out.push(line(dice, at, &source, message, fields));
            at += dice.between(100_000, 4 * MS);
        }
        at
    }

    fn submit(&self, dice: &mut Dice, at: i64, order: &Order<'_>, out: &mut Vec<Draft>) -> i64 {
        let source = self.trader(order, "info", "ginkgo.trader");
        // A market order has no limit.
        let limit = if dice.chance(0.2) {
            Value::Null
        } else {
            Value::from(order.price)
        };
        let mut fields = vec![
            business("event_type", "ORDERSUBMITTED"),
            business("order_id", order.id.as_str()),
            business("limit_price", limit),
            business("volume", order.volume),
            business("frozen_money", order.money()),
        ];
        fields.extend(order.subject());
        let message = format!("Order submitted: {} {}", order.id, order.symbol);
        out.push(line(dice, at, &source, message, fields));
        let at = at + dice.between(MS, 60 * MS);
        let more = vec![business("broker_order_id", format!("B{}", dice.hex(10)))];
        let message = format!("Order acknowledged: {}", order.id);
        out.push(self.gateway(dice, at, order, ("ORDERACK", "info"), message, more));
        at
    }

    fn gateway(
        &self,
        dice: &mut Dice,
        at: i64,
        order: &Order<'_>,
        (event, level): (&str, &str),
        message: String,
        more: Vec<Field>,
    ) -> Draft {
        let source = Source {
            container: "ginkgo-gateway",
            ..self.trader(order, level, "ginkgo.gateway")
        };
        let mut fields = vec![
            business("event_type", event),
            business("order_id", order.id.as_str()),
        ];
        fields.extend(order.subject());
        fields.extend(more);
        line(dice, at, &source, message, fields)
    }

    fn rejected(&self, dice: &mut Dice, at: i64, order: &Order<'_>) -> Draft {
        let (code, reason) = *dice.pick(&[
            ("INSUFFICIENT_FUNDS", "可用资金不足"),
            ("PRICE_LIMIT", "price beyond the daily limit"),
            ("MARKET_CLOSED", "market is closed"),
        ]);
        let more = vec![
            business("reject_code", code),
            business("reject_reason", reason),
        ];
        let message = format!("Order rejected: {} {reason}", order.id);
        let level = dice.weighted(&[(2, "error"), (1, "warning")]);
        self.gateway(dice, at, order, ("ORDERREJECTED", level), message, more)
    }

    fn filled(&mut self, dice: &mut Dice, at: i64, order: &Order<'_>, out: &mut Vec<Draft>) {
        let commission = order.cents(0.0003);
        self.cash -= commission;
        let more = vec![
            business("trade_id", format!("t-{}", dice.hex(8))),
            business("transaction_price", order.price),
            business("transaction_volume", order.volume),
            business("commission", commission),
            business("slippage", dice.decimal(0.0, 0.002, 5)),
        ];
        let Order {
            id, price, volume, ..
        } = order;
        let message = format!("Order filled: {id} @ {price:?} x{volume}");
        out.push(self.gateway(dice, at, order, ("ORDERFILLED", "info"), message, more));
        let at = at + dice.between(MS, 30 * MS);
        let source = self.trader(order, "info", "ginkgo.portfolio");
        let mut fields = vec![
            business("event_type", "POSITIONUPDATE"),
            business("position_volume", order.volume),
            business("position_cost", order.price),
        ];
        fields.extend(order.subject());
        let message = format!("持仓更新 {} x{volume}", order.symbol);
        out.push(line(dice, at, &source, message, fields));
        if dice.chance(0.3) {
            let at = at + dice.between(MS, 10 * MS);
            out.push(self.capital(dice, at, Some(order.trace)));
        }
    }
}

impl Order<'_> {
    fn subject(&self) -> [Field; 2] {
        [
            business("symbol", self.symbol),
            business("direction", self.direction),
        ]
    }

    fn money(&self) -> f64 {
        self.cents(1.0)
    }

    /// A share of the order's worth, rounded to cents.
    fn cents(&self, share: f64) -> f64 {
        (self.price * self.volume as f64 * share * 100.0).round() / 100.0
    }
}
