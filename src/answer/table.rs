//! `table`: a row a line, with typed columns.

use super::{Asked, Reader, Row};
use crate::frame::{Column, Field as FrameField, Frame, FrameType, Meta, Notice};
use crate::schema::{Field, FieldType, Role, System, value};

/// Makes the frame: the line's time, the columns, the line itself.
pub fn frame(asked: &Asked<'_>, rows: &[Row]) -> Frame {
    let system = asked.system;
    let reader = Reader::new(columns(asked), system.format);
    let mut builders: Vec<Builder> = reader.fields().iter().map(Builder::new).collect();
    let mut values = Vec::new();
    for row in rows {
        reader.read(row, &mut values);
        for (builder, value) in builders.iter_mut().zip(&values) {
            builder.push(value.as_deref(), system);
        }
    }
    let mut meta = Meta::new(FrameType::Table, asked.expr);
    meta.notices
        .extend(builders.iter().filter_map(Builder::notice));
    if rows.len() >= asked.limit as usize {
        let text = format!(
            "the limit of {} lines is reached; there may be more",
            asked.limit
        );
        meta.notices.push(Notice::info(text));
    }
    let times = rows.iter().map(|row| row.timestamp_ns).collect();
    let lines = rows.iter().map(|row| row.line.clone()).collect();
    let mut fields = vec![FrameField::new("time", Column::Time(times))];
    fields.extend(builders.into_iter().map(Builder::finish));
    fields.push(FrameField::new("line", Column::Text(lines)));
    Frame {
        name: String::new(),
        fields,
        meta,
    }
}

/// Returns the columns between time and line: those asked for, or level, message, the other fields
/// with a role and those that the query names.
fn columns(asked: &Asked<'_>) -> Vec<Field> {
    let system = asked.system;
    if let Some(names) = &asked.query.columns {
        let mut fields: Vec<Field> = Vec::new();
        for name in names {
            if !fields.iter().any(|field| field.name == *name) {
                fields.push(system.field(name));
            }
        }
        return fields;
    }
    let shown = |(role, field): (Role, &Field)| (role != Role::Time).then(|| field.clone());
    let mut fields: Vec<Field> = system.role_fields().filter_map(shown).collect();
    for filter in &asked.query.filters {
        let known = fields.iter().any(|field| field.name == filter.field);
        let time = system
            .role(Role::Time)
            .is_some_and(|field| field.name == filter.field);
        if !known && !time {
            fields.push(system.field(&filter.field));
        }
    }
    fields
}

/// One column under construction.
struct Builder {
    field: Field,
    column: Column,
    read: usize,
    of_other_type: usize,
}

impl Builder {
    fn new(field: &Field) -> Self {
        Self {
            field: field.clone(),
            column: match field.kind {
                FieldType::String | FieldType::Json => Column::OptionalText(Vec::new()),
                FieldType::Number => Column::OptionalNumber(Vec::new()),
                FieldType::Bool => Column::OptionalBool(Vec::new()),
                FieldType::Time => Column::OptionalTime(Vec::new()),
                FieldType::Level => Column::Text(Vec::new()),
            },
            read: 0,
            of_other_type: 0,
        }
    }

    fn push(&mut self, text: Option<&str>, system: &System) {
        let typed = match &mut self.column {
            Column::OptionalNumber(values) => push_read(values, text.map(value::number)),
            Column::OptionalBool(values) => push_read(values, text.map(value::boolean)),
            Column::OptionalTime(values) => {
                let read = |text| value::time(text, &system.time_zone);
                push_read(values, text.map(read))
            }
            Column::OptionalText(values) => push_read(values, text.map(|t| Some(t.to_owned()))),
            Column::Text(values) | Column::Json(values) => {
                let level = system.levels.canonical(text.unwrap_or_default());
                values.push(level.as_str().to_owned());
                true
            }
            Column::Time(_) => true,
        };
        self.read += usize::from(text.is_some());
        self.of_other_type += usize::from(!typed);
    }

    /// Says how many values are not shown because they are none of the column's type.
    fn notice(&self) -> Option<Notice> {
        let (count, read) = (self.of_other_type, self.read);
        (count > 0).then(|| {
            Notice::warning(format!(
                "column \"{}\": {count} of {read} values are no {} and are left empty; the line has them",
                self.field.name, self.field.kind
            ))
        })
    }

    fn finish(self) -> FrameField {
        // A frame's names are unique, and the first and the last column have theirs.
        let name = match self.field.name.as_str() {
            name @ ("time" | "line") => format!("{name} (field)"),
            name => name.to_owned(),
        };
        let mut field = FrameField::new(name, self.column);
        if !self.field.unit.is_empty() {
            field = field.with_unit(&self.field.unit);
        }
        if !self.field.description.is_empty() {
            field = field.with_description(&self.field.description);
        }
        field
    }
}

/// Adds a value; false when there was a text that does not read as one.
fn push_read<T>(values: &mut Vec<Option<T>>, read: Option<Option<T>>) -> bool {
    let fits = !matches!(read, Some(None));
    values.push(read.flatten());
    fits
}
