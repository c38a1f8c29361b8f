//! `table`: a row a line, with typed columns.

use std::ops::Range;

use super::{Asked, Page, Reader, Slots, UnknownLevels};
use crate::frame::{
    Column, Field as FrameField, Frame, FrameType, Meta, Notice, OptionalTexts, Texts,
};
use crate::schema::{Decimal, FIRST_SHARED, Field, FieldType, Level, Role, System, value};

/// The line's time, the columns, the line itself.
#[derive(Debug)]
pub struct Builder {
    reader: Reader,
    columns: Vec<ColumnBuilder>,
    times: Vec<i64>,
    lines: Texts,
}

impl Builder {
    pub fn new(asked: &Asked<'_>) -> Self {
        let reader = Reader::new(columns(asked), asked.system.format);
        Self {
            columns: reader.fields().iter().map(ColumnBuilder::new).collect(),
            reader,
            times: Vec::new(),
            lines: Texts::default(),
        }
    }

    pub fn push(&mut self, page: &Page, range: Range<usize>, system: &System) {
        let mut slots = Slots::new();
        for (position, row) in page.rows(range) {
            let values = self.reader.read(row, &mut slots);
            for (column, value) in self.columns.iter_mut().zip(values.iter()) {
                column.push(value, system);
            }
            self.times.push(position.timestamp_ns);
            self.lines.push(row.entry.line);
        }
    }

    pub fn bytes(&self) -> usize {
        let columns = self.columns.iter().map(|builder| match &builder.column {
            Column::Text(texts) | Column::Json(texts) => texts.bytes(),
            Column::OptionalText(texts) => texts.bytes(),
            _ => 8 * self.times.len(),
        });
        self.lines.bytes() + columns.sum::<usize>()
    }

    pub fn memory(&self) -> usize {
        let columns = self.columns.iter().map(|builder| builder.column.memory());
        self.lines.memory() + columns.sum::<usize>() + self.times.capacity() * size_of::<i64>()
    }

    pub fn finish(self, asked: &Asked<'_>) -> Frame {
        let mut meta = Meta::new(FrameType::Table, asked.expr);
        let columns = self.columns.iter();
        meta.notices
            .extend(columns.flat_map(|column| column.notices(asked.system)));
        let mut fields = vec![FrameField::new("time", Column::Time(self.times))];
        fields.extend(self.columns.into_iter().map(ColumnBuilder::finish));
        fields.push(FrameField::new("line", Column::Text(self.lines)));
        Frame {
            name: String::new(),
            fields,
            meta,
        }
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
#[derive(Debug)]
struct ColumnBuilder {
    field: Field,
    column: Column,
    /// Numbers that no float holds, by their rows.
    exact: Vec<(usize, String)>,
    unknown_levels: UnknownLevels,
    read: usize,
    of_other_type: usize,
}

impl ColumnBuilder {
    fn new(field: &Field) -> Self {
        Self {
            field: field.clone(),
            column: match field.kind {
                FieldType::String | FieldType::Json => {
                    Column::OptionalText(OptionalTexts::default())
                }
                FieldType::Number => Column::OptionalNumber(Vec::new()),
                FieldType::Bool => Column::OptionalBool(Vec::new()),
                FieldType::Time => Column::OptionalTime(Vec::new()),
                FieldType::Level => Column::Text(Texts::default()),
            },
            exact: Vec::new(),
            unknown_levels: UnknownLevels::default(),
            read: 0,
            of_other_type: 0,
        }
    }

    fn push(&mut self, text: Option<&str>, system: &System) {
        let typed = match &mut self.column {
            Column::OptionalNumber(values) => {
                let number = text.map(value::number);
                let is_large = number.flatten().is_some_and(|n| n.abs() >= FIRST_SHARED);
                let decimal = text.filter(|_| is_large).and_then(Decimal::new);
                if let Some(decimal) = decimal.filter(|d| d.beyond_floats().is_some()) {
                    self.exact.push((values.len(), decimal.to_string()));
                }
                push_read(values, number)
            }
            Column::OptionalBool(values) => push_read(values, text.map(value::boolean)),
            Column::OptionalTime(values) => {
                let read = |text| value::time(text, &system.time_zone);
                push_read(values, text.map(read))
            }
            Column::OptionalText(values) => {
                values.push(text);
                true
            }
            Column::Text(values) | Column::Json(values) => {
                let level = system.levels.canonical(text.unwrap_or_default());
                if let Some(raw) = text.filter(|_| level == Level::Unknown) {
                    self.unknown_levels.saw(raw, system);
                }
                values.push(level.as_str());
                true
            }
            Column::Time(_) | Column::Number(_) => true,
        };
        self.read += usize::from(text.is_some());
        self.of_other_type += usize::from(!typed);
    }

    /// Says how many values are not shown because they are none of the column's type, and what else is
    /// not as it seems.
    fn notices(&self, system: &System) -> Vec<Notice> {
        let (count, read) = (self.of_other_type, self.read);
        let of_other_type = (count > 0).then(|| {
            let (are, them) = if count == 1 {
                ("is", "it")
            } else {
                ("are", "them")
            };
            let values = if read == 1 { "value" } else { "values" };
            Notice::warning(format!(
                "column \"{}\": {count} of {read} {values} {are} no {} and {are} left empty; the line has {them}",
                self.field.name, self.field.kind
            ))
        });
        let exact = (!self.exact.is_empty()).then(|| {
            Notice::info(format!(
                "column \"{}\" is text: it has whole numbers above 2^53, which a column of numbers would round",
                self.field.name
            ))
        });
        let unknown = self.unknown_levels.notice(system);
        of_other_type
            .into_iter()
            .chain(exact)
            .chain(unknown)
            .collect()
    }

    /// Returns the column; as text, where numbers would not be exact.
    fn exactly(column: Column, exact: &[(usize, String)]) -> Column {
        let Column::OptionalNumber(numbers) = column else {
            return column;
        };
        if exact.is_empty() {
            return Column::OptionalNumber(numbers);
        }
        let mut texts = OptionalTexts::default();
        let mut exact = exact.iter().peekable();
        for (row, number) in numbers.into_iter().enumerate() {
            match exact.next_if(|(at, _)| *at == row) {
                Some((_, text)) => texts.push(Some(text)),
                None => texts.push(number.map(|number| (number + 0.0).to_string()).as_deref()),
            }
        }
        Column::OptionalText(texts)
    }

    fn finish(self) -> FrameField {
        // A frame's names are unique, and the first and the last column have theirs.
        let name = match self.field.name.as_str() {
            name @ ("time" | "line") => format!("{name} (field)"),
            name => name.to_owned(),
        };
        let mut field = FrameField::new(name, Self::exactly(self.column, &self.exact));
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
