//! Texts that lines are made of, easy and hard.

/// A text with everything that quoting can get wrong, for messages.
pub(super) const NASTY: &str = "quote \" single ' backslash \\ tick ` brace {x|y} {{.label}} \
     regex .*+?[a-z]$ ^ %s\nsecond line\ttab level=\"error\" status_code=500 \
     zero\u{200b}width 订单失败 🚀";

/// A Python stack trace.
pub(super) const TRACEBACK: &str = "Traceback (most recent call last):\n  \
     File \"/app/ginkgo/engine.py\", line 214, in _on_bar\n    \
     self.portfolio.advance(bar)\n  \
     File \"/app/ginkgo/portfolio.py\", line 88, in advance\n    \
     price = self.prices[bar.symbol]\n\
     KeyError: '600519.SH'";

/// Plain lines, as libraries and shells write them; none of them begins like a pair or an object.
pub(super) const PLAIN: [&str; 6] = [
    "INFO:     10.0.3.7:53422 - \"GET /health HTTP/1.1\" 200 OK",
    "WARNING: retrying in 5 s (attempt 2 of 3)",
    "Killed",
    "数据库连接已恢复",
    "2026-02-26 10:30:00,123 ERROR [pool-3] connection reset by peer",
    "--- restarting worker 4 ---",
];

/// What a console renderer with colours writes; no pair in it.
pub(super) const CONSOLE: &str =
    "\u{1b}[2m2026-02-26 10:30:00\u{1b}[0m [\u{1b}[33mwarning\u{1b}[0m] slow answer from upstream";

/// Error types with their messages.
pub(super) const ERRORS: [(&str, &str); 5] = [
    ("ConnectionError", "can't connect to tcp://10.0.0.12:6379"),
    ("TimeoutError", "no answer within 30 s"),
    ("ValueError", "could not convert string to float: 'n/a'"),
    ("KeyError", "'600519.SH'"),
    ("DatabaseError", "行情库 \"quotes\" 写入失败"),
];
