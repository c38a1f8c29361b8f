//! The plugin's frames, from Arrow's IPC file format to the JSON that Grafana's front end reads.
//!
//! The JSON is that of Grafana's Go SDK (`data/frame_json.go`): values by column; times in milliseconds, with
//! the nanoseconds within each beside them where there are any (`nanos`); numbers that JSON does not have as
//! null, with their rows by kind (`entities`).

use std::collections::BTreeMap;
use std::io::Cursor;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, TimeUnit, TimestampNanosecondType};
use arrow::error::ArrowError;
use arrow::ipc::reader::FileReader;
use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

const NANOSECONDS_PER_MILLISECOND: i64 = 1_000_000;

/// A frame, to be written as JSON.
pub struct Frame {
    schema: Value,
    columns: Vec<ArrayRef>,
}

impl Frame {
    /// Reads the one batch of an IPC file.
    ///
    /// # Errors
    /// The bytes are no such file, or their metadata is no JSON.
    pub fn read(ipc: &[u8]) -> Result<Self, ArrowError> {
        let mut reader = FileReader::try_new(Cursor::new(ipc), None)?;
        let schema = schema(&reader.schema())?;
        let batch: Option<RecordBatch> = reader.next().transpose()?;
        let columns = batch.map_or_else(Vec::new, |batch| batch.columns().to_vec());
        Ok(Self { schema, columns })
    }
}

fn schema(schema: &Schema) -> Result<Value, ArrowError> {
    let mut json = Map::new();
    for key in ["name", "refId"] {
        if let Some(text) = schema.metadata().get(key).filter(|text| !text.is_empty()) {
            json.insert(key.to_owned(), text.as_str().into());
        }
    }
    if let Some(text) = schema.metadata().get("meta") {
        let mut meta = parsed(text)?;
        // Grafana's host adds it to a frame that keeps no contract.
        if let Some(meta) = meta.as_object_mut() {
            meta.entry("typeVersion").or_insert_with(|| json!([0, 0]));
        }
        json.insert("meta".to_owned(), meta);
    }
    let fields = schema.fields().iter().map(|field| field_schema(field));
    json.insert("fields".to_owned(), fields.collect::<Result<_, _>>()?);
    Ok(Value::Object(json))
}

fn field_schema(field: &Field) -> Result<Value, ArrowError> {
    let (kind, name) = match field.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, None) => ("time", "time.Time"),
        DataType::Utf8 => ("string", "string"),
        DataType::Float64 => ("number", "float64"),
        DataType::Boolean => ("boolean", "bool"),
        DataType::Binary => ("other", "json.RawMessage"),
        other => {
            let message = format!("column {:?} is {other}", field.name());
            return Err(ArrowError::SchemaError(message));
        }
    };
    let mut type_info = json!({ "frame": name });
    if field.is_nullable()
        && let Some(type_info) = type_info.as_object_mut()
    {
        type_info.insert("nullable".to_owned(), true.into());
    }
    let mut json = Map::new();
    if !field.name().is_empty() {
        json.insert("name".to_owned(), field.name().as_str().into());
    }
    json.insert("type".to_owned(), kind.into());
    json.insert("typeInfo".to_owned(), type_info);
    for key in ["labels", "config"] {
        if let Some(text) = field.metadata().get(key) {
            json.insert(key.to_owned(), parsed(text)?);
        }
    }
    Ok(Value::Object(json))
}

fn parsed(text: &str) -> Result<Value, ArrowError> {
    serde_json::from_str(text).map_err(|error| ArrowError::ParseError(error.to_string()))
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = Data(&self.columns);
        let mut frame = serializer.serialize_struct("Frame", 2)?;
        frame.serialize_field("schema", &self.schema)?;
        frame.serialize_field("data", &data)?;
        frame.end()
    }
}

struct Data<'a>(&'a [ArrayRef]);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values: Vec<Values<'_>> = self.0.iter().map(|column| Values(column)).collect();
        let mut data = serializer.serialize_struct("Data", 3)?;
        data.serialize_field("values", &values)?;
        let entities: Vec<_> = self.0.iter().map(entities).collect();
        if entities.iter().any(Option::is_some) {
            data.serialize_field("entities", &entities)?;
        }
        let nanos: Vec<_> = self.0.iter().map(nanos).collect();
        if nanos.iter().any(Option::is_some) {
            data.serialize_field("nanos", &nanos)?;
        }
        data.end()
    }
}

/// The values of one column.
struct Values<'a>(&'a dyn Array);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let column = self.0;
        if let Some(times) = column.as_primitive_opt::<TimestampNanosecondType>() {
            let milliseconds = |ns: i64| ns.div_euclid(NANOSECONDS_PER_MILLISECOND);
            return serializer.collect_seq(times.iter().map(|time| time.map(milliseconds)));
        }
        if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
            let finite = |number: Option<f64>| number.filter(|number| number.is_finite());
            return serializer.collect_seq(numbers.iter().map(finite));
        }
        if let Some(texts) = column.as_string_opt::<i32>() {
            return serializer.collect_seq(texts.iter());
        }
        if let Some(truths) = column.as_boolean_opt() {
            return serializer.collect_seq(truths.iter());
        }
        if let Some(jsons) = column.as_binary_opt::<i32>() {
            let raw = |json: Option<&'_ [u8]>| json.map(serde_json::from_slice::<Box<RawValue>>);
            let raw = jsons.iter().map(|json| raw(json).transpose());
            let raw: Result<Vec<_>, _> = raw.collect();
            return raw.map_err(S::Error::custom)?.serialize(serializer);
        }
        let message = format!("no JSON for {}", column.data_type());
        Err(S::Error::custom(message))
    }
}

/// The rows whose number JSON does not have, by kind; `None` where there are none.
fn entities(column: &ArrayRef) -> Option<BTreeMap<&'static str, Vec<usize>>> {
    let numbers = column.as_primitive_opt::<Float64Type>()?;
    let mut rows: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (row, number) in numbers.iter().enumerate() {
        let kind = match number {
            Some(number) if number.is_nan() => "NaN",
            Some(f64::INFINITY) => "Inf",
            Some(f64::NEG_INFINITY) => "NegInf",
            _ => continue,
        };
        rows.entry(kind).or_default().push(row);
    }
    (!rows.is_empty()).then_some(rows)
}

/// The nanoseconds within the millisecond of each time; `None` where all are 0.
fn nanos(column: &ArrayRef) -> Option<Vec<i64>> {
    let times = column.as_primitive_opt::<TimestampNanosecondType>()?;
    let within =
        |time: Option<i64>| time.map_or(0, |ns| ns.rem_euclid(NANOSECONDS_PER_MILLISECOND));
    let nanos: Vec<i64> = times.iter().map(within).collect();
    nanos.iter().any(|nanos| *nanos != 0).then_some(nanos)
}

#[cfg(test)]
mod tests {
    use ginkgo::frame::{self, Column, FrameType, Meta, Texts, ipc};

    use super::*;

    fn json(fields: Vec<frame::Field>) -> Value {
        serde_json::from_str(&text(fields)).unwrap()
    }

    fn text(fields: Vec<frame::Field>) -> String {
        let frame = frame::Frame {
            name: String::new(),
            fields,
            meta: Meta::new(FrameType::Table, "{}"),
        };
        let bytes = ipc::encode(frame, "A").unwrap();
        serde_json::to_string(&Frame::read(&bytes).unwrap()).unwrap()
    }

    #[test]
    fn every_kind_of_column_is_written() {
        let texts = |texts: &[&str]| Texts::from_iter(texts);
        let mut number = frame::Field::new("n", Column::OptionalNumber(vec![Some(1.5), None]));
        number.labels = vec![("level".to_owned(), "error".to_owned())];
        let text = text(vec![
            frame::Field::new("t", Column::Time(vec![-1, 1_700_000_000_123_456_789])),
            frame::Field::new("o", Column::OptionalTime(vec![None, Some(2_000_000)])),
            frame::Field::new("s", Column::Text(texts(&["", "组\n\""]))),
            frame::Field::new(
                "p",
                Column::OptionalText([Some("x"), None].into_iter().collect()),
            ),
            frame::Field::new("j", Column::Json(texts(&["{\"a\":[1e400]}", "null"]))),
            frame::Field::new("b", Column::OptionalBool(vec![Some(true), None])),
            number.with_unit("ms"),
        ]);
        let (schema, data) = text.split_once(",\"data\":").unwrap();
        assert_eq!(
            data,
            "{\"values\":[[-1,1700000000123],[null,2],[\"\",\"组\\n\\\"\"],[\"x\",null],\
             [{\"a\":[1e400]},null],[true,null],[1.5,null]],\
             \"nanos\":[[999999,456789],null,null,null,null,null,null]}}"
        );
        let frame: Value = serde_json::from_str(&format!("{schema}}}")).unwrap();
        let fields = &frame["schema"]["fields"];
        assert_eq!(
            fields[6],
            serde_json::json!({
                "name": "n", "type": "number", "typeInfo": {"frame": "float64", "nullable": true},
                "labels": {"level": "error"}, "config": {"unit": "ms"},
            })
        );
        let types = [
            "time", "time", "string", "string", "other", "boolean", "number",
        ];
        for (number, kind) in types.iter().enumerate() {
            assert_eq!(fields[number]["type"], *kind);
        }
        assert_eq!(frame["schema"]["refId"], "A");
        assert_eq!(
            frame["schema"]["meta"]["typeVersion"],
            serde_json::json!([0, 0])
        );
    }

    #[test]
    fn numbers_that_json_does_not_have_are_named_by_their_rows() {
        let numbers = vec![f64::NAN, 0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        let frame = json(vec![
            frame::Field::new("plain", Column::Number(vec![1.0; 5])),
            frame::Field::new("n", Column::Number(numbers)),
        ]);
        let data = &frame["data"];
        assert_eq!(
            data["values"][1],
            serde_json::json!([null, 0.0, null, null, null])
        );
        let rows = serde_json::json!({"Inf": [2], "NaN": [0, 4], "NegInf": [3]});
        assert_eq!(data["entities"], serde_json::json!([null, rows]));
    }

    #[test]
    fn a_frame_without_columns_and_bytes_that_are_none() {
        let frame = json(Vec::new());
        assert_eq!(frame["data"], serde_json::json!({"values": []}));
        assert!(Frame::read(b"ARROW1").is_err());
    }
}
