//! `recordings`: writes recordings, and asks what they lack.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program's output"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use recordings::kind::kinds;
use recordings::{Exchange, Request, read};

const USAGE: &str = "\
recordings kinds RECORDINGS SEEN...
    RECORDINGS is a folder of recordings, SEEN files of requests (`ginkgo loki --requests`), one JSON object a
    line. Lists the kinds of requests that no recording holds, and fails if there are any.
recordings proxy ADDRESS LOG
    A proxy before a real Loki on a free port of 127.0.0.1; prints its address. When its standard input ends it
    writes what went through. (This and the next: built with --features record; scripts/record.sh uses them.)
recordings select LOG RECORDING PER_KIND PUSH_MEGABYTES
    Makes a recording of it: so many requests of each kind and status, over so many lines at most.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("kinds") => missing(&arguments),
        #[cfg(feature = "record")]
        Some("proxy") => record::proxy(&arguments),
        #[cfg(feature = "record")]
        Some("select") => record::select(&arguments),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

/// The recordings of a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries =
        std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "zst"))
        .collect();
    paths.sort();
    Ok(paths)
}

fn missing(arguments: &[String]) -> Result<ExitCode, String> {
    let [_, folder, seen @ ..] = arguments else {
        return Err(USAGE.to_owned());
    };
    let mut recorded = BTreeSet::new();
    for path in files(Path::new(folder))? {
        for exchange in read::<Exchange>(&path).map_err(|error| error.to_string())? {
            if let Exchange::Asked { request, .. } = exchange {
                recorded.append(&mut kinds(&request));
            }
        }
    }
    let mut missing: BTreeSet<(String, String)> = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for path in seen {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        for line in text.lines() {
            let request: Request =
                serde_json::from_str(line).map_err(|error| format!("{path}: {error}"))?;
            for kind in kinds(&request) {
                if asked.insert(kind.clone()) && !recorded.contains(&kind) {
                    missing.insert((kind, request.form()));
                }
            }
        }
    }
    println!(
        "{} kinds of requests are recorded; of the {} kinds that were sent, {} are not",
        recorded.len(),
        asked.len(),
        missing.len()
    );
    for (kind, example) in &missing {
        println!("  not recorded: {kind}\n      such as {example}");
    }
    if !missing.is_empty() {
        println!("With a real Loki on the path, scripts/record.sh records them.");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "record")]
mod record {
    use std::sync::{Arc, Mutex, PoisonError};

    use recordings::proxy::{Log, Seen, router};
    use recordings::select::Bounds;
    use tokio::io::AsyncReadExt as _;

    use super::{ExitCode, Path, USAGE};

    /// The largest answer that a recording keeps, bytes.
    const MOST_ANSWER_BYTES: usize = 256 << 10;

    pub fn proxy(arguments: &[String]) -> Result<ExitCode, String> {
        let [_, to, out] = arguments else {
            return Err(USAGE.to_owned());
        };
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        let log = Arc::new(Mutex::new(Log::default()));
        let served = runtime.block_on(serve(to.trim_end_matches('/'), Arc::clone(&log)));
        served.map_err(|error| error.to_string())?;
        let log = log.lock().unwrap_or_else(PoisonError::into_inner);
        recordings::write(Path::new(out), 1, &log.seen).map_err(|error| error.to_string())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn serve(to: &str, log: Arc<Mutex<Log>>) -> std::io::Result<()> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        let ended = async {
            let mut nothing = Vec::new();
            let _ = tokio::io::stdin().read_to_end(&mut nothing).await;
        };
        // Connections that are kept open must not hold up the end.
        tokio::select! {
            served = axum::serve(listener, router(to, log)) => served,
            () = ended => Ok(()),
        }
    }

    pub fn select(arguments: &[String]) -> Result<ExitCode, String> {
        let [_, log, out, per_kind, megabytes] = arguments else {
            return Err(USAGE.to_owned());
        };
        let number = |text: &str| {
            text.parse::<usize>()
                .map_err(|_| format!("{text:?} is no number\n{USAGE}"))
        };
        let bounds = Bounds {
            per_kind: number(per_kind)?,
            answer_bytes: MOST_ANSWER_BYTES,
            push_bytes: number(megabytes)? << 20,
        };
        let seen: Vec<Seen> =
            recordings::read(Path::new(log)).map_err(|error| error.to_string())?;
        let (exchanges, left_out) = recordings::select::select(&seen, bounds);
        recordings::write(Path::new(out), 19, &exchanges).map_err(|error| error.to_string())?;
        println!(
            "{} of {} exchanges are in {out}",
            exchanges.len(),
            seen.len()
        );
        for kind in left_out {
            println!("  none of: {kind}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
