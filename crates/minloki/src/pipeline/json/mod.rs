//! The stages `json` and `unpack`.
//!
//! Loki reads JSON with a scanner that checks little: what stands behind the object, numbers that are
//! none, controls within strings all pass, while a byte before the brace or a broken word does not. This
//! is a scanner with the same results.
//! Source: <https://grafana.com/docs/loki/latest/query/log_queries/#json>.

mod keys;
mod object;
mod path;
mod scan;

pub use keys::each_key;
pub use object::{Members, flatten, unpack};
pub use path::{Step, parse_path};
pub use scan::{Kind, Value, decoded};
