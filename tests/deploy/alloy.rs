//! The Alloy files: Alloy's own parser and formatter. What their pipelines do with real lines is in
//! `collectors`.

use crate::kit::{checks, files};

#[test]
fn every_file_is_alloys_own_language_formatted_and_of_known_components() {
    for path in files("deploy/alloy", ".alloy") {
        let output = checks(&["alloy", &path.to_string_lossy()]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
    }
}

#[test]
fn what_is_wrong_in_a_file_is_found() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.alloy");
    for (text, said) in [
        ("loki.write \"x\" {", "expected }"),
        (
            "loki.write \"x\" {\n  endpoint {\n\t\turl = \"u\"\n\t}\n}\n",
            "not formatted",
        ),
        ("loki.wrote \"x\" { }\n", "loki.wrote: not a component"),
        (
            "loki.source.file \"x\" {\n\ttargets = []\n}\n",
            "forward_to is missing",
        ),
        (
            "loki.source.file \"x\" {\n\ttarget = []\n}\n",
            "no argument target",
        ),
    ] {
        std::fs::write(&path, text).expect("writable");
        let output = checks(&["alloy", &path.to_string_lossy()]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && error.contains(said),
            "{said}: {error}"
        );
    }
}
