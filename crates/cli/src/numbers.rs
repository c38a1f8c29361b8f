//! Numbers by group, which come as a frame each, as one table.

use comfy_table::Table;
use ginkgo::frame::{Field, Frame, FrameType};
use ginkgo::text::visible;

use crate::print;

/// Draws the frames as one table: the time, the labels, the number. `None` when they hold no numbers.
pub fn table(frames: &[Frame]) -> Option<(Table, usize)> {
    let is_numbers = |frame: &Frame| {
        matches!(
            frame.meta.frame_type,
            FrameType::NumericMulti | FrameType::TimeSeriesMulti
        )
    };
    if !frames.iter().all(is_numbers) {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in frames.iter().flat_map(labels) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let number = |frame: &Frame| frame.fields.last().map(|field| field.name.clone());
    let over_time = frames.iter().any(|frame| frame.fields.len() > 1);
    let mut header: Vec<String> = names
        .iter()
        .map(|name| visible(name).into_owned())
        .collect();
    if over_time {
        header.insert(0, "time".to_owned());
    }
    header.extend(frames.iter().find_map(number));
    let mut table = print::plain_table();
    table.set_header(header);
    let mut rows = 0;
    for frame in frames {
        let label = |name: &&str| {
            let found = labels(frame).find(|(known, _)| known == name);
            visible(found.map(|(_, value)| value.as_str()).unwrap_or_default()).into_owned()
        };
        for row in 0..frame.rows() {
            let (number, time) = frame.fields.split_last()?;
            let mut cells: Vec<String> = names.iter().map(label).collect();
            if let Some(time) = time.first() {
                cells.insert(0, print::cell(time, row));
            }
            cells.push(print::cell(number, row));
            table.add_row(cells);
            rows += 1;
        }
    }
    Some((table, rows))
}

fn labels(frame: &Frame) -> impl Iterator<Item = &(String, String)> {
    frame.fields.iter().flat_map(|field: &Field| &field.labels)
}
