//! What Linux says of a process.

use std::fs;

/// A clock tick of `/proc`, in milliseconds: Linux shows hundredths of a second.
const TICK_MS: f64 = 10.0;

/// The CPU time of a process so far, in milliseconds.
pub fn cpu_ms(pid: u64) -> f64 {
    let stat = read(pid, "stat");
    // The second field is the program's name, which may have blanks.
    let (_, rest) = stat.rsplit_once(')').expect("a stat line");
    let ticks = rest.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.map(|t| t.parse::<f64>().expect("a number")).sum();
    ticks * TICK_MS
}

/// The memory that a process has now, in megabytes.
pub fn memory_mb(pid: u64) -> f64 {
    status_mb(pid, "VmRSS:")
}

/// The most memory that a process ever had, in megabytes.
pub fn peak_memory_mb(pid: u64) -> f64 {
    status_mb(pid, "VmHWM:")
}

fn status_mb(pid: u64, name: &str) -> f64 {
    let status = read(pid, "status");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = kib.and_then(|kib| kib.parse().ok()).expect("a size");
    kib * 1024.0 / 1e6
}

fn read(pid: u64, file: &str) -> String {
    fs::read_to_string(format!("/proc/{pid}/{file}")).expect("the process runs, on Linux")
}
