//! Compiled regular expressions: the same ones come with every refresh, and compiling is dear.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use re2::Stepped;

use super::{DataSource, Error};
use crate::capacity::Slice;
use crate::loki::{Call, Phase};
use crate::schema::System;
use crate::translate::{self, Bound, Decision};

/// The most bytes that compiled expressions are kept in; beyond them all are forgotten together.
const MOST_KEPT: usize = 32 << 20;
/// The most bytes that those of one question may take.
const MOST_OF_QUESTION: usize = 32 << 20;

/// The expressions that were compiled, and the bytes that they take.
#[derive(Debug, Default)]
pub struct Expressions(Mutex<(HashMap<String, Arc<Stepped>>, usize)>);

impl Expressions {
    fn get(&self, regex: &str) -> Result<Arc<Stepped>, String> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().0.get(regex) {
            return Ok(Arc::clone(known));
        }
        // Without the lock: it may take a while.
        let compiled = translate::compile(regex)?;
        let bytes = compiled.memory();
        let mut kept = kept();
        if kept.1.saturating_add(bytes) > MOST_KEPT {
            *kept = (HashMap::new(), 0);
        }
        kept.0.insert(regex.to_owned(), Arc::clone(&compiled));
        kept.1 += bytes;
        Ok(compiled)
    }
}

impl DataSource {
    /// Returns what Ginkgo decides itself of a question, with its expressions compiled.
    ///
    /// # Errors
    /// Names the condition whose expression Ginkgo cannot evaluate, or says that there is no time left.
    pub(super) async fn decisions(
        &self,
        bound: &Bound,
        system: &System,
        call: &Call,
    ) -> Result<Vec<Decision>, Error> {
        let slice = Slice::begin(call.deadline);
        let of_question = Mutex::new(0_usize);
        let compile = |regex: &str| {
            if slice.is_overdue() {
                return Err(NO_TIME.to_owned());
            }
            let compiled = self.expressions.get(regex)?;
            let mut bytes = of_question.lock().unwrap_or_else(PoisonError::into_inner);
            *bytes += compiled.memory();
            if *bytes > MOST_OF_QUESTION {
                return Err(format!(
                    "with the others of the query it takes more than {} MiB, the most for one question",
                    MOST_OF_QUESTION >> 20
                ));
            }
            Ok(compiled)
        };
        let compiled = self
            .client
            .capacity()
            .compute
            .run(|| bound.decisions(system, &compile));
        let decisions = compiled.await;
        if slice.is_overdue() {
            return Err(self.overdue());
        }
        Ok(decisions?)
    }

    /// Returns the error of a question that had no time left for Ginkgo's own work.
    pub(super) fn overdue(&self) -> Error {
        let after = self.settings.loki.timeout;
        let phase = Phase::Work;
        crate::loki::Error::Timeout {
            phase,
            after,
            tries: 1,
        }
        .into()
    }
}

/// Not shown: the question's end is what the user hears of.
const NO_TIME: &str = "there is no time left";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_compiled_once() {
        let expressions = Expressions::default();
        let first = expressions.get("a+").unwrap();
        assert!(Arc::ptr_eq(&first, &expressions.get("a+").unwrap()));
        assert!(expressions.get("(").is_err());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let expressions = Expressions::default();
        for number in 0..60 {
            let large = format!(r"\pL{{1,{}}}", 300 + number);
            expressions.get(&large).unwrap();
            let kept = expressions.0.lock().unwrap();
            assert!(kept.1 <= MOST_KEPT);
        }
    }
}
