//! Hostile texts in every place of a question and of the settings: the LogQL has the structure that
//! plain texts give it.
#![no_main]

#[path = "../../tests/support/structure.rs"]
mod structure;

use ginkgo::logql::parse_selector;
use ginkgo_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(selector) = parse_selector(&String::from_utf8_lossy(data)) {
        let printed = selector.to_string();
        assert!(structure::structure(&printed).is_some(), "{printed}");
        assert_eq!(parse_selector(&printed), Ok(selector));
    }
    let bytes = &mut Bytes(data);
    let case = structure::case(&mut |bound| bytes.below(bound), true);
    if let Err(what) = structure::check(&case) {
        panic!("{what}");
    }
});
