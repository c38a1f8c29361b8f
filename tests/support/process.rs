//! Child processes that end with the test run.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A program that was told to end with its standard input: it ends even when the run is killed.
pub struct Process {
    /// The first line that it printed.
    pub first_line: String,
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Process {
    /// Starts a program and waits for its first line of output.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdin = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut first_line = String::new();
        output.read_line(&mut first_line).expect("readable");
        assert!(
            !first_line.is_empty(),
            "{command:?} ended before it was ready"
        );
        // Read on, or the program would block on a full pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self {
            first_line: first_line.trim().to_owned(),
            child,
            stdin,
        }
    }

    /// Kills the program (SIGKILL): it can tidy up nothing.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends the program by closing its input, and waits for it.
    pub fn end(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Takes from a program what cargo tells its tests: a cargo that it runs would see other variables than
/// the one that runs the tests, and build half of everything again, each time.
pub fn without_cargo(command: &mut Command) -> &mut Command {
    let own = ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_JOBS"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        // Profiles are the caller's: without them everything would be built again, too.
        let is_told = text.starts_with("CARGO") && !text.starts_with("CARGO_PROFILE_");
        if is_told && !own.iter().any(|own| name == *own) {
            command.env_remove(&name);
        }
    }
    command
}

/// The command line of this build, beside the plugin. Cargo builds programs of other packages for no test, so
/// this does, once.
pub fn ginkgo() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_BIN_EXE_gpx_ginkgo")).with_file_name("ginkgo");
        let profile = program.parent().and_then(Path::file_name);
        let profile = profile.and_then(|name| name.to_str()).expect("a profile");
        let built = without_cargo(&mut Command::new("cargo"))
            .current_dir(root())
            .args([
                "build",
                "--quiet",
                "--locked",
                "--package",
                "ginkgo-cli",
                "--profile",
            ])
            .arg(if profile == "debug" { "dev" } else { profile })
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the command line does not build");
        program
    })
}

/// Runs a script of the repository and returns what it printed.
pub fn script(name: &str, arguments: &[&str]) -> String {
    let output = without_cargo(&mut Command::new(root().join("scripts").join(name)))
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(output.status.success(), "{name} {arguments:?} failed");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}
