//! Frames in Arrow's IPC file format, as Grafana's Go SDK reads them (`data/arrow.go`).
//!
//! Schema metadata `name`, `refId`, `meta`; field metadata `config`, `labels`; timestamps in nanoseconds; JSON
//! as Binary; nullability by Arrow's own flag, which Grafana turns into nullable field types.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, BooleanArray, Float64Array, RecordBatch, StringArray};
use arrow::array::{RecordBatchOptions, TimestampNanosecondArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, TimeUnit};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;

use super::{Column, Field, Frame, Texts};

/// Writes a frame for the query `ref_id`. Takes the frame, so that its columns need no copy.
///
/// # Errors
/// Fails when the columns differ in length.
pub fn encode(frame: Frame, ref_id: &str) -> Result<Vec<u8>, ArrowError> {
    let schema = Arc::new(schema(&frame, ref_id));
    // The row count is explicit because a frame without fields has none to take it from.
    let options = RecordBatchOptions::new().with_row_count(Some(frame.rows()));
    let columns = frame.fields.into_iter().map(|field| array(field.column));
    let columns = columns.collect::<Result<_, _>>()?;
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?;
    // Room for all of it, so that a large answer is not copied while it grows.
    let sizes = batch.columns().iter();
    let sizes = sizes.map(|column| column.to_data().get_slice_memory_size());
    let size = sizes.sum::<Result<usize, _>>()?;
    let mut bytes = Vec::with_capacity(size + ROOM_FOR_SCHEMA);
    let mut writer = FileWriter::try_new(&mut bytes, &schema)?;
    writer.write(&batch)?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

/// Bytes kept for the schema, which stands twice in a file.
const ROOM_FOR_SCHEMA: usize = 16 << 10;

fn schema(frame: &Frame, ref_id: &str) -> Schema {
    let metadata = HashMap::from([
        ("name".to_owned(), frame.name.clone()),
        ("refId".to_owned(), ref_id.to_owned()),
        ("meta".to_owned(), frame.meta.to_json().to_string()),
    ]);
    let fields: Vec<ArrowField> = frame.fields.iter().map(arrow_field).collect();
    Schema::new_with_metadata(fields, metadata)
}

fn arrow_field(field: &Field) -> ArrowField {
    let nanoseconds = || DataType::Timestamp(TimeUnit::Nanosecond, None);
    let (data_type, nullable) = match &field.column {
        Column::Time(_) => (nanoseconds(), false),
        Column::OptionalTime(_) => (nanoseconds(), true),
        Column::Text(_) => (DataType::Utf8, false),
        Column::OptionalText(_) => (DataType::Utf8, true),
        Column::Number(_) => (DataType::Float64, false),
        Column::OptionalNumber(_) => (DataType::Float64, true),
        Column::OptionalBool(_) => (DataType::Boolean, true),
        Column::Json(_) => (DataType::Binary, false),
    };
    let mut metadata = HashMap::new();
    if !field.config.is_empty() {
        let config = serde_json::Value::Object(field.config.clone()).to_string();
        metadata.insert("config".to_owned(), config);
    }
    if !field.labels.is_empty() {
        let pairs = field.labels.iter();
        let labels: serde_json::Map<String, serde_json::Value> = pairs
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let labels = serde_json::Value::Object(labels).to_string();
        metadata.insert("labels".to_owned(), labels);
    }
    ArrowField::new(&field.name, data_type, nullable).with_metadata(metadata)
}

fn array(column: Column) -> Result<ArrayRef, ArrowError> {
    Ok(match column {
        Column::Time(values) => Arc::new(TimestampNanosecondArray::from(values)),
        Column::OptionalTime(values) => Arc::new(TimestampNanosecondArray::from(values)),
        Column::Text(texts) => {
            let (offsets, bytes) = buffers(texts);
            Arc::new(StringArray::try_new(offsets, bytes, None)?)
        }
        Column::OptionalText(texts) => {
            let (texts, present) = texts.into_parts();
            let (offsets, bytes) = buffers(texts);
            let nulls = Some(NullBuffer::from(present));
            Arc::new(StringArray::try_new(offsets, bytes, nulls)?)
        }
        Column::Number(values) => Arc::new(Float64Array::from(values)),
        Column::OptionalNumber(values) => Arc::new(Float64Array::from(values)),
        Column::OptionalBool(values) => Arc::new(BooleanArray::from(values)),
        Column::Json(texts) => {
            let (offsets, bytes) = buffers(texts);
            Arc::new(BinaryArray::try_new(offsets, bytes, None)?)
        }
    })
}

/// Texts as Arrow has them: where each begins and ends, and their bytes.
fn buffers(texts: Texts) -> (OffsetBuffer<i32>, Buffer) {
    let (text, offsets) = texts.into_parts();
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    (offsets, Buffer::from_vec(text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use arrow::ipc::reader::FileReader;

    use super::*;
    use crate::frame::{FrameType, Meta, Notice};

    fn sample() -> Frame {
        let mut meta = Meta::new(FrameType::LogLines, "{job=\"x\"}");
        meta.notices.push(Notice::warning("cut"));
        Frame {
            name: "logs".to_owned(),
            fields: vec![
                Field::new("timestamp", Column::Time(vec![1_700_000_000_123_456_789])),
                Field::new("body", Column::Text(Texts::from_iter(["line"]))),
                Field::new("labels", Column::Json(Texts::from_iter(["{\"a\":\"b\"}"]))),
                Field::new("n", Column::OptionalNumber(vec![None])).with_unit("ms"),
            ],
            meta,
        }
    }

    #[test]
    fn a_frame_reads_back_with_types_nullability_and_metadata() {
        let bytes = encode(sample(), "A").unwrap();
        let reader = FileReader::try_new(Cursor::new(bytes), None).unwrap();
        let schema = reader.schema();
        assert_eq!(schema.metadata()["refId"], "A");
        let meta: serde_json::Value = serde_json::from_str(&schema.metadata()["meta"]).unwrap();
        assert_eq!(meta["type"], "log-lines");
        assert_eq!(meta["typeVersion"], serde_json::json!([0, 0]));
        assert_eq!(meta["notices"][0]["severity"], "warning");
        let types: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| (field.data_type().clone(), field.is_nullable()))
            .collect();
        assert_eq!(
            types,
            [
                (DataType::Timestamp(TimeUnit::Nanosecond, None), false),
                (DataType::Utf8, false),
                (DataType::Binary, false),
                (DataType::Float64, true),
            ]
        );
        assert_eq!(schema.field(3).metadata()["config"], "{\"unit\":\"ms\"}");
        let batch = reader.into_iter().next().unwrap().unwrap();
        let times = batch.column(0).as_any();
        let times = times.downcast_ref::<TimestampNanosecondArray>().unwrap();
        assert_eq!(times.value(0), 1_700_000_000_123_456_789);
    }

    #[test]
    fn a_frame_without_fields_is_written_too() {
        let empty = Frame {
            name: String::new(),
            fields: Vec::new(),
            meta: Meta::new(FrameType::Table, ""),
        };
        assert!(encode(empty, "A").is_ok());
    }
}
