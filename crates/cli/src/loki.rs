//! `ginkgo loki`: an embedded Loki, in memory.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use minloki::{Options, PushLimits, QueryLimits, Server};
use tokio::io::AsyncReadExt;

use crate::args::Loki;
use crate::time::duration_ns;
use crate::{Failure, out};

/// Runs one until it is stopped.
pub async fn run(args: &Loki) -> Result<ExitCode, Failure> {
    let options = options(args)?;
    let running = Server::start(options).await.map_err(|error| {
        Failure::answer(format!(
            "cannot listen on {}:{}: {error}",
            args.host, args.port
        ))
    })?;
    let mut out = out::stdout();
    writeln!(out, "{}", running.url())?;
    out.flush()?;
    drop(out);
    let note = "the embedded Loki: in memory, for demos and tests, never for production";
    writeln!(out::stderr(), "{note}")?;
    if args.until_eof {
        tokio::select! {
            () = end_of_input() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    } else {
        tokio::signal::ctrl_c().await?;
    }
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits until nobody can write to standard input any more.
async fn end_of_input() {
    let mut input = tokio::io::stdin();
    let mut bytes = [0; 256];
    while let Ok(1..) = input.read(&mut bytes).await {}
}

fn options(args: &Loki) -> Result<Options, Failure> {
    let defaults = Options::default();
    let address = format!("{}:{}", args.host, args.port);
    let address = address.parse().map_err(|_| {
        Failure::usage(format!(
            "--host {} is not valid: use an IP address",
            args.host
        ))
    })?;
    let query = QueryLimits {
        max_entries_limit_per_query: args.max_entries,
        max_query_series: args.max_series,
        max_query_length: duration("--max-query-length", &args.max_query_length)?,
        query_timeout: duration("--query-timeout", &args.query_timeout)?,
        ..defaults.query
    };
    let push = if args.default_rates {
        PushLimits::default()
    } else {
        PushLimits::unhurried()
    };
    Ok(Options {
        address,
        auth_enabled: args.auth,
        memory_bytes: args.memory_mb << 20,
        message_bytes: args.message_mb << 20,
        requests_file: args.requests.clone(),
        query,
        push: PushLimits {
            max_line_size: args.max_line_kb << 10,
            ..push
        },
        ..defaults
    })
}

fn duration(flag: &str, text: &str) -> Result<Duration, Failure> {
    if text == "0" || text == "0s" {
        return Ok(Duration::ZERO);
    }
    let nanoseconds = duration_ns(flag, text)?;
    Ok(Duration::from_nanos(nanoseconds.unsigned_abs()))
}
