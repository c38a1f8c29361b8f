//! Conditions that LogQL cannot say, held against the rows of a page.

use super::Reading;
use crate::answer::{Page, Slots};
use crate::ask::Error;
use crate::capacity::Slice;
use crate::translate::Stopped;

impl Reading<'_> {
    /// Drops the rows that Ginkgo decides against.
    pub(super) async fn keep_decided(&mut self, page: &mut Page) -> Result<(), Error> {
        if self.wanted.decisions.is_empty() {
            return Ok(());
        }
        self.decided_on += page.len() as u64;
        let mut kept = Vec::with_capacity(page.len());
        while kept.len() < page.len() {
            let slice = Slice::begin(self.wanted.call.deadline);
            let compute = &self.data_source.capacity().compute;
            let decided = compute.run(|| self.decide(page, &mut kept, &slice)).await;
            if decided.is_err() || (kept.len() < page.len() && slice.is_overdue()) {
                return Err(self.data_source.overdue());
            }
        }
        let mut kept = kept.into_iter();
        page.retain(|_, _| kept.next().unwrap_or_default());
        Ok(())
    }

    /// Decides on the next rows, until the slice is over.
    fn decide(&self, page: &Page, kept: &mut Vec<bool>, slice: &Slice) -> Result<(), Stopped> {
        let mut slots = Slots::new();
        for (_, row) in page.rows(kept.len()..page.len()) {
            let values = self.deciding.read(row, &mut slots);
            let mut holds = true;
            for (decision, value) in self.wanted.decisions.iter().zip(values.iter()) {
                holds = holds && decision.holds(value, || !slice.is_overdue())?;
            }
            kept.push(holds);
            if slice.is_over() {
                break;
            }
        }
        Ok(())
    }
}
