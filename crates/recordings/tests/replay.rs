//! The embedded Loki answers as a real one did: every recording of tests/recordings, request by request.
//!
//! `GINKGO_REPLAY_URL` asks another server instead; `GINKGO_REPLAY` limits it to recordings whose names hold a text;
//! `GINKGO_REPLAY_WRONG` names a file for everything that is answered otherwise.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what a helper finds wrong is to end the test"
)]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use minloki::{Options, PushLimits, Server};
use recordings::compare::compare;
use recordings::{Answer, Exchange, Request, read};

/// How many requests are under way at once.
const THREADS: usize = 4;

/// The recordings, each with its name.
fn recordings() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings");
    let only = std::env::var("GINKGO_REPLAY").unwrap_or_default();
    let entries = std::fs::read_dir(folder).expect("tests/recordings");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let named = paths.map(|path| {
        (
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
            path,
        )
    });
    let mut all: Vec<_> = named
        .filter(|(name, _)| name.ends_with(".jsonl.zst") && name.contains(&only))
        .collect();
    all.sort();
    all
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(120)))
        .build()
        .into()
}

fn push(agent: &ureq::Agent, url: &str, body: &str) {
    let sent = agent
        .post(format!("{url}/loki/api/v1/push"))
        .header("content-type", "application/json")
        .send(body);
    let mut response = sent.expect("an answer");
    let status = response.status();
    assert!(
        status.is_success(),
        "push: {status} {}",
        response.body_mut().read_to_string().unwrap_or_default()
    );
}

fn ask(agent: &ureq::Agent, url: &str, request: &Request) -> Answer {
    // As Ginkgo does: what is long is a form.
    const MOST_IN_A_URL: usize = 2000;
    let form = request.form();
    let mut headers = Vec::new();
    if request.categorize {
        headers.push(("X-Loki-Response-Encoding-Flags", "categorize-labels"));
    }
    if let Some(tenant) = &request.tenant {
        headers.push(("X-Scope-OrgID", tenant));
    }
    let sent = if form.len() <= MOST_IN_A_URL {
        let mut get = agent.get(format!("{url}{}?{form}", request.path));
        for (name, value) in headers {
            get = get.header(name, value);
        }
        get.call()
    } else {
        let mut post = agent
            .post(format!("{url}{}", request.path))
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            post = post.header(name, value);
        }
        post.send(form)
    };
    let mut response = sent.expect("an answer");
    let status = response.status().as_u16();
    let body = response
        .body_mut()
        .with_config()
        .limit(256 << 20)
        .read_to_string();
    Answer {
        status,
        body: body.expect("text"),
    }
}

/// Asks everything that a recording asks, and says what is answered otherwise.
fn replay(url: &str, name: &str, exchanges: &[Exchange]) -> Vec<String> {
    let agent = agent();
    let mut asked = Vec::new();
    for exchange in exchanges {
        match exchange {
            Exchange::Push(body) => push(&agent, url, &body.push),
            Exchange::Asked { request, answer } => asked.push((request, answer)),
        }
    }
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((request, want)) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let got = ask(&agent, url, request);
                    if let Err(what) = compare(request, want, &got) {
                        let flag = if request.categorize {
                            " categorize"
                        } else {
                            ""
                        };
                        let said = format!(
                            "{name}: {}{flag} {}\n    {what}",
                            request.path,
                            request.form()
                        );
                        wrong.lock().expect("not poisoned").push(said);
                    }
                }
            });
        }
    });
    wrong.into_inner().expect("not poisoned")
}

/// The limits of tests/testbed/loki/loki.yaml.
fn options() -> Options {
    Options {
        push: PushLimits {
            max_line_size: 4 << 20,
            ..PushLimits::unhurried()
        },
        ..Options::default()
    }
}

#[test]
fn the_embedded_loki_answers_as_a_real_one_did() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (name, path) in recordings() {
        let exchanges: Vec<Exchange> = read(&path).unwrap_or_else(|error| panic!("{error}"));
        count += exchanges
            .iter()
            .filter(|exchange| matches!(exchange, Exchange::Asked { .. }))
            .count();
        let found = match std::env::var("GINKGO_REPLAY_URL") {
            Ok(url) => replay(url.trim_end_matches('/'), &name, &exchanges),
            Err(_) => {
                // One each: recordings know nothing of each other's lines.
                let server = runtime
                    .block_on(Server::start(options()))
                    .expect("it starts");
                let found = replay(&server.url(), &name, &exchanges);
                runtime.block_on(server.stop());
                found
            }
        };
        wrong.extend(found);
    }
    if let Ok(file) = std::env::var("GINKGO_REPLAY_WRONG") {
        std::fs::write(file, wrong.join("\n")).expect("writable");
    }
    let shown: Vec<String> = wrong.iter().take(12).cloned().collect();
    assert!(
        wrong.is_empty(),
        "{} of {count} are answered otherwise:\n{}",
        wrong.len(),
        shown.join("\n")
    );
    assert!(
        count >= 3000 || std::env::var_os("GINKGO_REPLAY").is_some(),
        "{count} requests are too few"
    );
}
