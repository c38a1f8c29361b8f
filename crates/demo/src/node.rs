//! Node services among the Python ones: pino's JSON and plain lines, unreadable as key-values.

use super::dice::Dice;
use super::draft::{Draft, Format, MS, flat};
use super::json;
use super::tskv::{Request, labels};

/// Writes a line of the web front end.
pub(super) fn line(dice: &mut Dice, at: i64, request: &Request) -> Draft {
    let (level, text) = dice.weighted(&[
        (2, (20_i64, "cache miss")),
        (8, (30, "page rendered")),
        (2, (40, "slow render: 首页")),
        (1, (50, "upstream answered 502")),
    ]);
    let trace = request.trace.as_str();
    let (line, fields) = if dice.chance(0.6) {
        let members = [
            flat("level", level),
            flat("time", at / MS),
            flat("pid", 17),
            flat("hostname", "web-frontend"),
            flat("traceId", trace),
            flat("msg", text),
        ];
        let written = json::write(&members, json::Style::PLAIN);
        let meant = vec![
            flat("level", level),
            flat("event", text),
            flat("trace_id", trace),
        ];
        (written.line, meant)
    } else {
        let took = dice.between(1, 900);
        let line = format!("GET /cart?item={} 200 {took} ms - {text}", dice.hex(4));
        (line, Vec::new())
    };
    Draft {
        timestamp_ns: at,
        labels: labels("web-frontend"),
        site_labels: Vec::new(),
        metadata: Vec::new(),
        fields,
        format: Format::Foreign(line),
        precision: 3,
        trace_label: request.trace_label,
        run_label: false,
    }
}
