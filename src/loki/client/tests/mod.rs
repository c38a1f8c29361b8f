//! The client against a small server of our own that does everything wrong that a server can.

mod bounds;
mod fake;
mod faults;
mod retry;
mod secure;
mod sharing;
mod wire;
