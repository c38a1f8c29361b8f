//! How large the budget is: a setting, else a part of what the process may have.

use std::path::Path;

/// The variable that Grafana makes of `memory_budget` in its section `[plugin.…]`.
pub const VARIABLE: &str = "GF_PLUGIN_MEMORY_BUDGET";

const MIB: u64 = 1 << 20;
/// The largest budget that nobody asked for.
const MOST_UNASKED: u64 = 2 << 30;
/// The smallest: below it not even one usual answer fits.
const LEAST: u64 = 64 * MIB;
/// The part of the memory limit that the budget is.
const PART: u64 = 4;

/// A budget that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{VARIABLE} (memory_budget in Grafana's section of this plugin) {given:?} is not valid: give bytes, \
     KiB, MiB or GiB, such as 512MiB, and at least 64MiB"
)]
pub struct BudgetError {
    given: String,
}

/// Returns the bytes that all answers under way may take together: what the setting says, else a quarter
/// of the memory that the process may have (its cgroup's limit, else the machine's), at most 2 GiB.
///
/// # Errors
/// Quotes a setting that is no size.
pub fn budget_bytes(setting: Option<&str>) -> Result<u64, BudgetError> {
    match setting.map(str::trim).filter(|setting| !setting.is_empty()) {
        Some(setting) => size(setting)
            .filter(|bytes| *bytes >= LEAST)
            .ok_or_else(|| BudgetError {
                given: setting.chars().take(80).collect(),
            }),
        None => Ok(unasked(limit_of_process(Path::new("/")))),
    }
}

fn unasked(limit: Option<u64>) -> u64 {
    limit.map_or(MOST_UNASKED, |limit| {
        (limit / PART).clamp(LEAST, MOST_UNASKED)
    })
}

/// Reads a size such as `512MiB`; a number alone is bytes.
fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at_checked(digits.unwrap_or(text.len()))?;
    let unit = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => MIB,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Returns the memory that this process may have, where the system says so.
fn limit_of_process(root: &Path) -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let number = |text: String| text.trim().parse::<u64>().ok();
    // In a container the process's own group is the root of what it sees.
    let cgroup = read("sys/fs/cgroup/memory.max")
        .or_else(|| read("sys/fs/cgroup/memory/memory.limit_in_bytes"))
        .and_then(number);
    let machine = read("proc/meminfo").and_then(|text| {
        let total = text
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kib = total
            .trim()
            .strip_suffix("kB")?
            .trim()
            .parse::<u64>()
            .ok()?;
        kib.checked_mul(1 << 10)
    });
    // Without a limit the first version of cgroups says a number that no machine has.
    [cgroup, machine].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_size_or_an_error_that_quotes_it() {
        for (setting, bytes) in [
            ("67108864", 64 * MIB),
            ("512MiB", 512 * MIB),
            (" 1 GiB ", 1 << 30),
            ("131072KiB", 128 * MIB),
        ] {
            assert_eq!(budget_bytes(Some(setting)), Ok(bytes), "{setting}");
        }
        for setting in ["1MiB", "512MB", "-1", "much", "99999999999GiB", "1.5GiB"] {
            let error = budget_bytes(Some(setting)).unwrap_err().to_string();
            assert!(error.contains(&format!("{setting:?}")), "{error}");
        }
        for nothing in [None, Some(""), Some(" ")] {
            assert!(budget_bytes(nothing).is_ok());
        }
    }

    #[test]
    fn unasked_it_is_a_quarter_of_the_limit() {
        assert_eq!(unasked(Some(1 << 30)), 256 * MIB);
        assert_eq!(unasked(Some(64 << 30)), 2 << 30);
        assert_eq!(unasked(Some(1)), LEAST);
        assert_eq!(unasked(None), 2 << 30);
    }

    #[test]
    fn the_limit_is_the_smaller_of_the_groups_and_the_machines() {
        let root = std::env::temp_dir().join(format!("ginkgo-limit-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        assert_eq!(limit_of_process(&root), None);
        write(
            "proc/meminfo",
            "MemTotal:        2097152 kB\nMemFree: 1 kB\n",
        );
        assert_eq!(limit_of_process(&root), Some(2 << 30));
        write("sys/fs/cgroup/memory.max", "max\n");
        assert_eq!(limit_of_process(&root), Some(2 << 30));
        write("sys/fs/cgroup/memory.max", "536870912\n");
        assert_eq!(limit_of_process(&root), Some(512 * MIB));
        std::fs::remove_dir_all(&root).unwrap();
    }
}
