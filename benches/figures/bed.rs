//! What is measured on: a Loki with a corpus, the plugin under its host, data sources.

use ginkgo_demo::Layout;
use serde_json::{Value, json};

use crate::corpus;
use crate::support::get;
use crate::support::host::Host;
use crate::support::loki::Loki;

/// Starts a Loki of `tests/testbed/loki` and writes corpora of these layouts.
pub fn loki(config: &str, layouts: &[Layout], minutes: i64) -> Loki {
    let loki = Loki::start_own(config, &[]);
    for layout in layouts {
        let (lines, bytes) = corpus::push(&loki, *layout, minutes);
        let mean = bytes / lines.max(1);
        println!("{config}: {lines} lines of {mean} bytes over {minutes} min, ids in: {layout}");
    }
    loki
}

/// Starts the plugin under its host; returns the plugin's process id too.
pub fn host() -> (Host, u64) {
    let host = Host::start(&[]);
    let about = get(&format!("{}/api/host", host.url), &[]).json();
    let pid = about["pid"].as_u64().expect("the plugin's process id");
    (host, pid)
}

/// Registers a corpus as a data source.
pub fn data_source(host: &Host, uid: &str, loki: &Loki, layout: Layout) {
    let system = json!({ "preset": "ginkgo", "selector": corpus::selector(layout) });
    let settings: Value = json!({ "url": loki.url, "jsonData": { "systems": [system] } });
    host.put_data_source(uid, &settings);
}
