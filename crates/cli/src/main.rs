//! The command line: the same questions and frames as in Grafana, in a terminal.

mod args;
mod connect;
mod demo;
mod door;
mod loki;
mod numbers;
mod out;
mod print;
mod question;
mod serve;
mod time;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// Why the command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// One sentence.
    message: String,
    /// 1: Loki could not answer, or is not healthy; 2: the question or the settings are wrong;
    /// 0: nobody reads the output any more.
    code: u8,
}

impl Failure {
    /// What the user wrote is wrong.
    fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 2,
        }
    }

    /// What the user wrote is right, and there is still no answer.
    fn answer(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 1,
        }
    }
}

impl From<ginkgo::ask::Error> for Failure {
    fn from(error: ginkgo::ask::Error) -> Self {
        if error.is_user_error() {
            Self::usage(error.to_string())
        } else {
            Self::answer(error.to_string())
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let failure = Self::answer(format!("cannot write the output: {error}"));
        match error.kind() {
            // A reader that has seen enough (`ginkgo query | head`) is no failure.
            std::io::ErrorKind::BrokenPipe => Self { code: 0, ..failure },
            _ => failure,
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut runtime = match args.command {
        // A server answers while others ask.
        Command::Demo(_) | Command::Loki(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(args)),
        Err(error) => Err(Failure::answer(format!("cannot start: {error}"))),
    };
    match done {
        Ok(code) => code,
        Err(failure) if failure.code == 0 => ExitCode::SUCCESS,
        Err(failure) => {
            print::error(&failure.message);
            ExitCode::from(failure.code)
        }
    }
}

async fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Query(question) => {
            let source = connect::data_source(&question.connection)?;
            let (query, scope) = question.read(source.settings())?;
            let answer = source.query(&query, &scope).await?;
            let message = question.message_field(source.settings());
            print::answer(&answer, &question, message.as_deref())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Explain(question) => {
            let source = connect::data_source(&question.connection)?;
            let (query, scope) = question.read(source.settings())?;
            let explanation = source.explain(&query, &scope, false).await?;
            print::explanation(&explanation, question.output)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Doctor(doctor) => {
            let source = connect::data_source(&doctor.connection)?;
            let health = source.health(&doctor.range.scope()?).await;
            print::health(&health, doctor.output)?;
            Ok(if health.ok {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Command::Demo(demo) => demo::run(*demo).await,
        Command::Loki(args) => loki::run(&args).await,
    }
}
