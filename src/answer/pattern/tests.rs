use proptest::prelude::*;

use super::*;

#[test]
fn what_varies_is_masked() {
    for (name, message, expected) in [
        // ginkgo
        (
            "an address with its port",
            "can't connect to tcp://10.0.0.12:6379",
            "can't connect to tcp://<ip>",
        ),
        (
            "a quoted text",
            "Engine error: ValueError: could not convert string to float: 'n/a'",
            "Engine error: ValueError: could not convert string to float: '<text>'",
        ),
        (
            "quotes inside Han",
            "行情库 \"quotes\" 写入失败",
            "行情库 \"<text>\" 写入失败",
        ),
        (
            "a number inside Han",
            "订单123失败，重试第3次",
            "订单<num>失败，重试第<num>次",
        ),
        (
            "an order",
            "Order rejected: o-17 @ 10.52 x1000",
            "Order rejected: o-<num> @ <num> x<num>",
        ),
        (
            "symbols",
            "no price for 000001.SZ and BTC/USDT",
            "no price for <num>.SZ and BTC/USDT",
        ),
        (
            "a percentage",
            "one symbol holds > 30% ⚠",
            "one symbol holds > <num>% ⚠",
        ),
        (
            "a UUID",
            "portfolio 550e8400-e29b-41d4-a716-446655440000 halted",
            "portfolio <id> halted",
        ),
        // fastapi
        (
            "a path",
            "GET /api/v1/users/42/orders/8f14e45fceea167a 500",
            "GET /api/v1/users/<num>/orders/<id> <num>",
        ),
        (
            "a duration",
            "no answer within 30 s, 1.5s, 250ms",
            "no answer within <num> s, <num>s, <num>ms",
        ),
        // tskv
        (
            "both quotes",
            "Request failed: it's \"odd\" and 'it's odd'",
            "Request failed: it's \"<text>\" and '<text>'",
        ),
        (
            "a plain line",
            "2026-02-26 10:30:00,123 ERROR [pool-3] connection reset by peer",
            "<time> ERROR [pool-<num>] connection reset by peer",
        ),
        (
            "colours",
            "\u{1b}[2m2026-02-26 10:30:00\u{1b}[0m [\u{1b}[33mwarning\u{1b}[0m] slow",
            "<time> [warning] slow",
        ),
        // dynamo
        (
            "a file and a line",
            "panicked at /workspace/lib/runtime/src/pipeline.rs:108:13",
            "panicked at /workspace/lib/runtime/src/pipeline.rs:<num>:<num>",
        ),
        (
            "a pod",
            "no worker on ginkgo-worker-7d9f8b6c5-x2x9z (4bf92f3577b34da6a3ce929d0e0e4736)",
            "no worker on ginkgo-worker-<id>-<id> (<id>)",
        ),
        // any
        (
            "RFC 3339",
            "at 2025-10-31T20:52:10.745264Z it broke",
            "at <time> it broke",
        ),
        (
            "a zone",
            "until 2025/10/31 20:52:10+08:00.",
            "until <time>.",
        ),
        ("a time of day", "since 20:52:10.5", "since <time>"),
        ("a date", "since 2025-10-31", "since <time>"),
        ("no time", "ratio 20:52", "ratio <num>:<num>"),
        (
            "signs",
            "-5 is not +7 (x=-1.5e-3)",
            "<num> is not <num> (x=<num>)",
        ),
        ("thousands", "1,234,567.8 rows", "<num> rows"),
        ("an end", "took 5.", "took <num>."),
        ("a pointer", "at 0x7ffe12 in main", "at <id> in main"),
        (
            "names",
            "HTTP/2 over utf8 in v1 of s3",
            "HTTP/<num> over utf8 in v1 of s3",
        ),
        (
            "a code",
            "E1003: sha256 differs",
            "E<num>: sha<num> differs",
        ),
        (
            "words of hex letters",
            "the facade decade faded",
            "the facade decade faded",
        ),
        ("a short commit", "at commit a1b2c3d", "at commit <id>"),
        (
            "a ULID",
            "request 01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "request <id>",
        ),
        (
            "an object",
            r#"refused: {"code": 5, "detail": "no such id", 'a b': 1}"#,
            r#"refused: {"code": <num>, "detail": "<text>", 'a b': <num>}"#,
        ),
        ("an odd member", "{\"\u{1b}\": 1}", "{\"<text>\": <num>}"),
        ("an open quote", "it's 'odd", "it's 'odd"),
        (
            "an escaped quote",
            r#"say "a \" b" now"#,
            r#"say "<text>" now"#,
        ),
        (
            "typographic quotes",
            "“a 1” 「b 2」 «c»",
            "“<text>” 「<text>」 «<text>»",
        ),
        ("other digits", "第１２３号 ٤٥", "第<num>号 <num>"),
        ("blanks", "  a \t b  \u{a0} ", "a b"),
        (
            "a stack trace",
            "\n\nTraceback (most recent call last):\n  File \"/app/a.py\", line 214",
            "Traceback (most recent call last):",
        ),
        ("nothing", " \n ", ""),
        ("a mask", "<num> and <id>", "<num> and <id>"),
        ("an emoji", "🚀1🚀 ok", "🚀<num>🚀 ok"),
        ("a cut escape", "a\u{1b}[31", "a"),
    ] {
        assert_eq!(pattern(message), expected, "{name}");
    }
}

#[test]
fn patterns_are_short() {
    let long = pattern(&"word ".repeat(3000));
    assert_eq!(long.chars().count(), LONGEST_PATTERN + 1);
    assert!(long.ends_with('…'));
    let one_id = pattern(&"8f".repeat(3000));
    assert_eq!(one_id, "<id>…");
    assert!(pattern(&"订".repeat(3000)).ends_with("订…"));
}

#[test]
fn quotes_that_nothing_ends_take_no_time() {
    // Each could be looked for up to the end.
    for text in ["'a ", "\"a\\", "` 'b \"c ", "“"] {
        let message = text.repeat(LONGEST_MESSAGE);
        let started = std::time::Instant::now();
        for _ in 0..100 {
            pattern(&message);
        }
        assert!(started.elapsed().as_secs() < 5, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_pattern(text in "\\PC*|[-0-9a-f'\"`.,:T {}\\\\\u{1b}\\[]*") {
        let masked = pattern(&text);
        prop_assert!(masked.chars().count() <= LONGEST_PATTERN + 1);
        prop_assert!(!masked.chars().any(char::is_control));
        prop_assert!(!masked.starts_with(' ') && !masked.ends_with(' '));
    }

    #[test]
    fn numbers_and_ids_do_not_matter(
        a in 0..u32::MAX,
        b in 0..u32::MAX,
        one in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        other in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        said in "[a-z ]*",
    ) {
        let message = |number: u32, id: &str, said: &str| format!("order {id} of '{said}' failed after {number} ms");
        prop_assert_eq!(pattern(&message(a, &one, &said)), pattern(&message(b, &other, "x 1")));
    }
}
