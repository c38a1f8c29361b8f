//! A tree of spans: what happens inside what, in whole microseconds.

use super::dice::Dice;

/// A component of the inference runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Component {
    Frontend,
    Router,
    Prefill,
    Decode,
}

/// A span.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) id: String,
    /// The enclosing span, if any.
    pub(super) parent: Option<String>,
    pub(super) component: Component,
    pub(super) name: &'static str,
    /// Microseconds since 1970.
    pub(super) start_us: i64,
    /// Microseconds since 1970, later than the start.
    pub(super) end_us: i64,
}

/// Makes the spans of one request, parents first; each lies strictly within its parent.
pub(super) fn request(dice: &mut Dice, start_us: i64) -> Vec<Span> {
    let total = dice.between(80_000, 3_000_000);
    let root = Span {
        id: dice.hex(16),
        parent: None,
        component: Component::Frontend,
        name: "http-request",
        start_us,
        end_us: start_us + total,
    };
    let mut spans = vec![root.clone()];
    let route = root.child(dice, (Component::Router, "route"), 0.02, 0.10);
    if dice.chance(0.5) {
        spans.push(route.child(dice, (Component::Router, "kv_lookup"), 0.2, 0.8));
    }
    spans.insert(1, route);
    if dice.chance(0.7) {
        let prefill = root.child(dice, (Component::Prefill, "handle_payload"), 0.12, 0.4);
        let transfer = prefill.child(dice, (Component::Prefill, "kv_transfer"), 0.6, 0.9);
        spans.push(prefill);
        spans.push(transfer);
    }
    let decode = root.child(dice, (Component::Decode, "handle_payload"), 0.45, 0.97);
    let engine = decode.child(dice, (Component::Decode, "engine_generate"), 0.1, 0.9);
    spans.push(decode);
    spans.push(engine);
    spans
}

impl Span {
    /// How long it takes.
    pub(super) fn duration_us(&self) -> i64 {
        self.end_us - self.start_us
    }

    /// A span inside this one, between two shares of its duration.
    fn child(
        &self,
        dice: &mut Dice,
        (component, name): (Component, &'static str),
        from: f64,
        to: f64,
    ) -> Self {
        let at = |share: f64| self.start_us + (self.duration_us() as f64 * share) as i64;
        Self {
            id: dice.hex(16),
            parent: Some(self.id.clone()),
            component,
            name,
            start_us: at(from).max(self.start_us + 1),
            end_us: at(to).min(self.end_us - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lie_within_their_parents() {
        let mut dice = Dice::new(5, 0);
        for _ in 0..500 {
            let spans = request(&mut dice, 1_000_000);
            for (index, span) in spans.iter().enumerate() {
                assert!(span.duration_us() > 0);
                let Some(parent) = &span.parent else {
                    assert_eq!(index, 0);
                    continue;
                };
                let mut before = spans[..index].iter();
                let parent = before.find(|other| other.id == *parent).unwrap();
                assert!(parent.start_us < span.start_us && span.end_us < parent.end_us);
            }
        }
    }
}
