//! `service_name`: what Loki takes for the name of the application that writes a stream.

use crate::pipeline::LabelSet;
use crate::store::value_of;

/// The label.
pub const SERVICE_NAME: &str = "service_name";

/// The labels that tell it, first the ones that are preferred (`discover_service_name`).
pub const LABELS: [&str; 13] = [
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "k8s_container_name",
    "component",
    "workload",
    "job",
    "k8s_job_name",
];

/// Adds the label to a stream that lacks it. The set stays sorted.
pub fn add(labels: &mut LabelSet) {
    let place = labels.binary_search_by(|(name, _)| name.as_str().cmp(SERVICE_NAME));
    let Err(place) = place else { return };
    let values = LABELS.iter().map(|name| value_of(labels, name));
    let known = values.filter(|value| !value.is_empty()).map(str::to_owned);
    let value = known.take(1).next();
    let value = value.unwrap_or_else(|| "unknown_service".to_owned());
    labels.insert(place, (SERVICE_NAME.to_owned(), value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_labels_names_the_service() {
        for (labels, service) in [
            (&[("job", "a")][..], "a"),
            (&[("app", "b"), ("job", "a")], "b"),
            (&[("foo", "b")], "unknown_service"),
            (&[], "unknown_service"),
            (&[("job", "a"), ("service_name", "own")], "own"),
        ] {
            let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let mut labels: LabelSet = labels.iter().map(own).collect();
            add(&mut labels);
            assert!(labels.is_sorted());
            assert_eq!(value_of(&labels, SERVICE_NAME), service);
        }
    }
}
