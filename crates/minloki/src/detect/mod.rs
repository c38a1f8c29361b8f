//! What Loki finds in a sample of lines and in labels, for whoever does not know their fields.
//!
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-detected-fields>.

mod fields;
mod kind;
mod labels;

pub use fields::{fields, values};
pub use labels::labels;
