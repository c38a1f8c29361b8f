//! Medians, and tables that can be pasted into the README.

use comfy_table::{Table, presets::ASCII_MARKDOWN};

/// Returns the value below which this share (0 to 1) of the values lies.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let index = (last as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

/// Returns the middle value.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Prints a table under a title.
pub fn print(title: &str, header: &[&str], rows: &[Vec<String>]) {
    let mut table = Table::new();
    table
        .load_style(ASCII_MARKDOWN)
        .set_header(header)
        .add_rows(rows);
    println!("\n{title}\n\n{table}");
}
