//! Values of templates, as Go knows and prints them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::pipeline::go::number::{format_float, format_time_of};
use crate::pipeline::go::time::Time;

/// A value.
#[derive(Debug, Clone)]
pub enum Value {
    /// `nil`, and what a field that is not there yields.
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `int64`
    Int64(i64),
    /// `float64`
    Float(f64),
    /// `string`
    Text(String),
    /// `time.Time`
    Time(Time),
    /// `[]interface {}`
    List(Vec<Value>),
    /// `map[string]interface {}`
    Map(BTreeMap<String, Value>),
    /// The labels of the entry, `map[string]string`.
    Labels,
}

impl Value {
    /// Returns the name of Go's type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::Time(_) => "time.Time",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
            Self::Labels => "map[string]string",
        }
    }

    /// Says whether `if` takes it for true; `labels` says how many labels there are.
    pub fn is_true(&self, labels: usize) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Int64(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Time(_) => true,
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Labels => labels > 0,
        }
    }

    /// Writes it as `%v` does, with `nil` for no value.
    pub fn print(&self, out: &mut String, labels: &dyn Fn() -> Vec<(String, String)>) {
        match self {
            Self::Nil => out.push_str("<nil>"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) | Self::Int64(value) => out.push_str(&value.to_string()),
            Self::Float(value) => out.push_str(&format_float(*value, 'g', None)),
            Self::Text(text) => out.push_str(text),
            Self::Time(time) => out.push_str(&format_time_of(time)),
            Self::List(list) => {
                out.push('[');
                for (at, value) in list.iter().enumerate() {
                    if at > 0 {
                        out.push(' ');
                    }
                    value.print(out, labels);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push_str("map[");
                for (at, (key, value)) in map.iter().enumerate() {
                    if at > 0 {
                        out.push(' ');
                    }
                    out.push_str(key);
                    out.push(':');
                    value.print(out, labels);
                }
                out.push(']');
            }
            Self::Labels => {
                let pairs = labels();
                let shown = pairs.iter().map(|(name, value)| format!("{name}:{value}"));
                out.push_str("map[");
                out.push_str(&shown.collect::<Vec<_>>().join(" "));
                out.push(']');
            }
        }
    }

    /// Compares as `eq` does.
    ///
    /// # Errors
    /// Go's words, for what cannot be compared.
    pub fn equals(&self, other: &Self) -> Result<bool, String> {
        Ok(match (self, other) {
            (Self::Nil, other) | (other, Self::Nil) => matches!(other, Self::Nil),
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a) | Self::Int64(a), Self::Int(b) | Self::Int64(b)) => a == b,
            #[allow(clippy::float_cmp)]
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a.nanoseconds() == b.nanoseconds(),
            (Self::List(_) | Self::Map(_) | Self::Labels, _) => {
                return Err(format!("non-comparable type {}", self.type_name()));
            }
            (_, Self::List(_) | Self::Map(_) | Self::Labels) => {
                return Err(format!("non-comparable type {}", other.type_name()));
            }
            _ => return Err(self.incompatible(other)),
        })
    }

    fn incompatible(&self, other: &Self) -> String {
        let (a, b) = (self.type_name(), other.type_name());
        format!("incompatible types for comparison: {a} and {b}")
    }

    /// Compares as `lt` does; `None` for what is no order, such as NaN.
    ///
    /// # Errors
    /// Go's words, for what has no order.
    pub fn order(&self, other: &Self) -> Result<Option<Ordering>, String> {
        Ok(match (self, other) {
            (Self::Int(a) | Self::Int64(a), Self::Int(b) | Self::Int64(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Bool(_), Self::Bool(_)) => return Err("invalid type for comparison".to_owned()),
            (
                Self::Bool(_) | Self::Int(_) | Self::Int64(_) | Self::Float(_) | Self::Text(_),
                Self::Bool(_) | Self::Int(_) | Self::Int64(_) | Self::Float(_) | Self::Text(_),
            ) => return Err(self.incompatible(other)),
            _ => return Err("invalid type for comparison".to_owned()),
        })
    }
}
