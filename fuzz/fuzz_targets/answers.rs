//! Any body of any answer of Loki: an error or rows. What is decoded comes out as a frame under every
//! preset, a row a line, in the same order and with the same ids whatever the direction.
#![no_main]

use std::sync::{Arc, LazyLock};

use ginkgo::answer::{Asked, Builder, Page};
use ginkgo::frame::ipc;
use ginkgo::loki::error::Reason;
use ginkgo::loki::response::{self, LogAnswer};
use ginkgo::query::{Direction, Query, ResultKind};
use ginkgo::schema::{System, presets};
use ginkgo_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

static PRESETS: LazyLock<Vec<System>> = LazyLock::new(presets);

static QUERIES: LazyLock<Vec<Query>> = LazyLock::new(|| {
    let filters = json!([{ "field": "nowhere", "operator": "exists" }]);
    let regions = json!({
        "field": "level", "start": ["error"], "end": ["info", "error"], "key": "x.y",
        "title": "{{level}} {{", "tags": ["x.y", "time"],
    });
    let query = |query: Value| Query::try_from(&query).expect("a query");
    vec![
        query(json!({ "result": "logs" })),
        query(json!({ "result": "table" })),
        query(
            json!({ "result": "table", "columns": ["x.y", "level", "time", "line"], "filters": filters }),
        ),
        query(json!({ "expr": "{a=\"b\"} | json" })),
        query(json!({ "result": "topErrors", "groupBy": ["level", "x.y", "message"] })),
        query(json!({ "result": "events" })),
        query(json!({ "result": "events", "events": regions })),
    ]
});

const NAMES: [&str; 12] = [
    "level",
    "detected_level",
    "portfolio_id",
    "trace_id",
    "time",
    "message",
    "x",
    "x_extracted",
    "__stream_shard__",
    "service_name",
    "",
    "status_code",
];

fn pairs(bytes: &mut Bytes) -> Value {
    let pair = |bytes: &mut Bytes| {
        let name = NAMES[bytes.below(NAMES.len())].to_owned();
        (name, Value::from(bytes.text()))
    };
    Value::Object(
        (0..bytes.below(4))
            .map(|_| pair(bytes))
            .collect::<Map<_, _>>(),
    )
}

/// An answer of the right shape, most of the time.
fn body(bytes: &mut Bytes) -> Vec<u8> {
    let entry = |bytes: &mut Bytes| {
        let time = [1_700_000_000_000_000_000, 0, i64::MAX, i64::MIN][bytes.below(6) % 4];
        let time = time.wrapping_add(bytes.below(3) as i64).to_string();
        let mut line = bytes.text();
        match bytes.below(3) {
            0 => {
                line = format!(
                    "{{\"level\":\"info\",\"ginkgo\":{{\"portfolio_id\":{line:?}}},\"x\":{line}}}"
                )
            }
            1 => line = format!("level='info' time='2026-01-01' status_code={line}"),
            _ => {}
        }
        match bytes.below(8) {
            0 => json!([time, line]),
            1 => json!([time, line, { "structuredMetadata": pairs(bytes) }]),
            2 => json!([time, line, null]),
            _ => {
                json!([time, line, { "structuredMetadata": pairs(bytes), "parsed": pairs(bytes) }])
            }
        }
    };
    let mut streams = Vec::new();
    for _ in 0..bytes.below(4) {
        let labels = pairs(bytes);
        let entries: Vec<Value> = (0..bytes.below(5)).map(|_| entry(bytes)).collect();
        streams.push(json!({ "stream": labels, "values": entries }));
    }
    let data = json!({ "resultType": "streams", "result": streams, "stats": { "summary": {} } });
    let mut body = json!({ "status": "success", "data": data })
        .to_string()
        .into_bytes();
    if bytes.below(8) == 0 {
        let at = bytes.below(body.len());
        match bytes.below(3) {
            0 => body.truncate(at),
            1 => body[at] = bytes.below(256) as u8,
            _ => body.insert(at, bytes.below(256) as u8),
        }
    }
    body
}

fn look(body: &[u8], which: usize) {
    let Ok(answer) = LogAnswer::decode(body) else {
        return;
    };
    let lines = answer.len();
    assert_eq!(answer.entries().count(), lines);
    let answer = Arc::new(answer);
    let page = Page::new(Arc::clone(&answer), Direction::Backward);
    let forward = Page::new(answer, Direction::Forward);
    let ids = |page: &Page| {
        let mut ids: Vec<String> = page.rows(0..lines).map(|(at, _)| at.to_string()).collect();
        ids.sort();
        ids
    };
    let all = ids(&page);
    assert_eq!(all.len(), lines);
    assert_eq!(all, ids(&forward));
    let system = &PRESETS[which % PRESETS.len()];
    for query in QUERIES.iter() {
        let asked = Asked {
            query,
            system,
            expr: "{a=\"b\"}",
            search_words: &[],
            limit: 10,
        };
        let mut builder = Builder::new(asked);
        // In two pieces, as pages come.
        builder.push(&page, 0..lines / 2);
        builder.push(&page, lines / 2..lines);
        let frame = builder.finish(&Default::default(), &[], Vec::new());
        match query.result {
            ResultKind::TopErrors => assert!(frame.rows() <= lines.min(10)),
            ResultKind::Events => assert_eq!(frame.fields.len(), 6),
            _ => assert_eq!(frame.rows(), lines),
        }
        ipc::encode(frame, "A").expect("a frame is Arrow");
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let which = bytes.below(256);
    look(bytes.0, which);
    if which % 4 == 0 {
        let body = bytes.0;
        let _ = response::has_series(body);
        let _ = response::labels(body);
        let _ = response::format_query(body);
        let _ = response::version(body);
        let _ = response::detected_fields(body);
        let _ = response::server_limits(body);
        let words = String::from_utf8_lossy(body);
        Reason::of([400, 429, 500, 502, 504][which / 4 % 5], &words);
    }
    look(&body(&mut bytes), which);
});
