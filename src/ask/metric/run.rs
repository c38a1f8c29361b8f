//! One metric question under way: its requests, what they cost, and what the user must know.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::send::not_too_many_numbers;
use super::total::Total;
use super::{
    Aggregation, Answer, Bound, DataSource, Duration, Error, Field, Frame, Grid, Ground, Merge,
    Metric, Notice, Query, QueryError, Reading, ResultKind, System, Timing, is_too_many, stats_of,
    translate,
};
use crate::answer::UnknownLevels;
use crate::capacity::Lease;
use crate::frame::Severity;
use crate::loki::{Call, Stats};
use crate::schema::{FieldType, Role};
use crate::translate::Facts;

pub(super) struct Run<'r> {
    pub(super) data_source: &'r DataSource,
    pub(super) query: &'r Query,
    pub(super) system: &'r System,
    pub(super) bound: &'r Bound,
    pub(super) facts: &'r [Facts],
    pub(super) call: &'r Call,
    pub(super) metric: &'r Metric,
    /// Whether Loki is asked to bring groups of one value together.
    pub(super) by_value: AtomicBool,
    log: Mutex<Log>,
    /// The memory of the numbers and of the frames that are made of them.
    memory: tokio::sync::Mutex<Lease>,
}

/// What has happened so far.
#[derive(Default)]
struct Log {
    stats: Stats,
    exprs: Vec<String>,
    notices: Vec<Notice>,
    /// Words of levels that the system does not know.
    unknown_levels: UnknownLevels,
    /// Whether there are groups that are not shown.
    cut: bool,
}

impl<'r> Run<'r> {
    pub(super) fn new(
        data_source: &'r DataSource,
        query: &'r Query,
        ground: &'r Ground<'_>,
        metric: &'r Metric,
    ) -> Self {
        Self {
            data_source,
            query,
            system: ground.system,
            bound: &ground.bound,
            facts: &ground.facts,
            call: &ground.call,
            metric,
            by_value: AtomicBool::new(false),
            log: Mutex::default(),
            memory: tokio::sync::Mutex::new(data_source.lease(&ground.call)),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leases so many bytes more.
    pub(super) async fn hold(&self, bytes: usize) -> Result<(), Error> {
        let mut lease = self.memory.lock().await;
        let all = usize::try_from(lease.bytes()).unwrap_or(usize::MAX);
        let deadline = self.data_source.deadline(self.call);
        Ok(lease.reach(all.saturating_add(bytes), deadline).await?)
    }

    /// Notes the LogQL of a request.
    pub(super) fn sent(&self, expr: &str) {
        let mut log = self.log();
        if !log.exprs.iter().any(|known| known == expr) {
            log.exprs.push(expr.to_owned());
        }
    }

    /// Notes what a request cost, and what Loki said.
    pub(super) fn came(&self, stats: &Stats, warnings: &[String]) {
        self.log().stats.add(stats);
        for warning in warnings {
            self.note(Notice::warning(format!("Loki says: {warning}")));
        }
    }

    /// Notes what the user must know, once.
    pub(super) fn note(&self, notice: Notice) {
        let mut log = self.log();
        if !log.notices.contains(&notice) {
            log.notices.push(notice);
        }
    }

    /// Returns the group that a text belongs to; notes a level that is no known word.
    pub(super) fn group(&self, field: &Field, text: Option<String>) -> Option<String> {
        let raw = text.as_deref().filter(|_| field.role == Some(Role::Level));
        let unknown = raw.filter(|raw| self.system.levels.unknown_word(raw).is_some());
        if let Some(raw) = unknown {
            self.log().unknown_levels.saw(raw, self.system);
        }
        translate::group_of(field, text, self.system)
    }

    /// Notes that there are groups which are not shown.
    pub(super) fn was_cut(&self) {
        self.log().cut = true;
    }

    /// Says whether there are groups that are not shown.
    pub(super) fn is_cut(&self) -> bool {
        self.log().cut
    }

    /// Returns what there is to say.
    pub(super) fn said(&self) -> Vec<String> {
        let log = self.log();
        log.notices
            .iter()
            .map(|notice| notice.text.clone())
            .collect()
    }

    /// Returns the LogQL of all requests.
    pub(super) fn exprs(&self) -> String {
        self.log().exprs.join("\n")
    }

    /// Ends the question.
    pub(super) fn answer(self, mut frames: Vec<Frame>) -> Answer {
        let deadline = self.data_source.deadline(self.call);
        let log = self
            .log
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = frames.first_mut() {
            first.meta.notices = log.notices;
            let unknown = log.unknown_levels.notice(self.system);
            first.meta.notices.extend(unknown);
            // What is missing stands before what is worth knowing.
            let is_info = |notice: &Notice| notice.severity == Severity::Info;
            first.meta.notices.sort_by_key(is_info);
            first.meta.stats = stats_of(&log.stats);
        }
        Answer {
            query_type: self.query.query_type.as_str(),
            result: self.query.result.as_str(),
            loki_seconds: log.stats.exec_seconds,
            loki_bytes: log.stats.bytes_processed,
            rows: frames.iter().map(|frame| frame.rows() as u64).sum(),
            frames,
            memory: Some((self.memory.into_inner(), deadline)),
        }
    }

    /// Ends a question for the number of all lines.
    pub(super) fn counted(self, lines: f64) -> Total {
        let log = self
            .log
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Total {
            lines: lines as u64,
            expr: log.exprs.join("\n"),
            stats: log.stats,
            notices: log.notices,
        }
    }

    /// How many lines there are, by group.
    pub(super) async fn count(&self, timing: &Timing) -> Result<Grid, Error> {
        let groups = &self.metric.groups;
        match self.grid(groups, &Reading::Count, Vec::new(), timing).await {
            Err(error) if is_too_many(&error) => self.largest_counts(timing).await,
            grid => Ok(self.cut(grid?, None).0),
        }
    }

    /// How many lines are errors, or which share of them, by group.
    pub(super) async fn errors(&self, timing: &Timing) -> Result<Grid, Error> {
        let counted = match self.by_level(timing).await {
            Err(error) if is_too_many(&error) => self.all_and_errors(timing).await,
            counted => counted,
        };
        let (all, mut errors) = match counted {
            // The rest is a series beside those that a limit allows: what has one is not cut again.
            Err(error) if is_too_many(&error) => self.largest_errors(timing).await?,
            counted => {
                let (all, errors) = counted?;
                let (all, errors) = self.cut(all, Some(errors));
                (all, errors.unwrap_or_else(|| Grid::new(*timing)))
            }
        };
        if self.query.result == ResultKind::ErrorRate {
            return Ok(errors.divided_into(&all));
        }
        errors.fill_from(&all);
        Ok(errors)
    }

    /// All lines and errors from one query, by group and level.
    async fn by_level(&self, timing: &Timing) -> Result<(Grid, Grid), Error> {
        let by = self.metric.by();
        let counts = self.grid(&by, &Reading::Count, Vec::new(), timing).await?;
        let (mut all, mut errors) = (Grid::new(*timing), Grid::new(*timing));
        for (group, values) in counts.iter() {
            let Some((level, group)) = group.split_last() else {
                continue;
            };
            let group = group.to_vec();
            let points = || values.iter().copied().enumerate();
            all.add_series(&group, points(), Merge::Add);
            if self.is_error(level.as_deref()) {
                errors.add_series(&group, points(), Merge::Add);
            }
        }
        Ok((all, errors))
    }

    pub(super) fn is_error(&self, level: Option<&str>) -> bool {
        let levels = &self.system.error_levels;
        levels.iter().any(|error| level == Some(error.as_str()))
    }

    /// All lines and errors from a query each, where levels alone make too many series.
    async fn all_and_errors(&self, timing: &Timing) -> Result<(Grid, Grid), Error> {
        let groups = &self.metric.groups;
        let also = self.errors_only();
        let all = self.grid(groups, &Reading::Count, Vec::new(), timing);
        let errors = self.grid(groups, &Reading::Count, also, timing);
        tokio::try_join!(all, errors)
    }

    /// The condition that a line is an error.
    pub(super) fn errors_only(&self) -> Vec<translate::Condition> {
        let level = self.metric.level.iter();
        level
            .map(|level| translate::metric::is_error(level, self.system))
            .collect()
    }

    /// A number field, aggregated, by group.
    pub(super) async fn value(&self, timing: &Timing) -> Result<Grid, Error> {
        let (groups, reading) = (&self.metric.groups, &self.metric.reading);
        let grid = match self.grid(groups, reading, Vec::new(), timing).await {
            Err(error) if is_too_many(&error) => self.largest_values(timing).await?,
            grid => self.finished(grid?, Vec::new(), timing).await?,
        };
        Ok(self.cut_values(grid))
    }

    /// Ends the numbers of a measure: sums per second, and means whose parts met.
    pub(super) async fn finished(
        &self,
        mut grid: Grid,
        also: Vec<translate::Condition>,
        timing: &Timing,
    ) -> Result<Grid, Error> {
        let Reading::Measure(field, aggregation) = &self.metric.reading else {
            return Ok(grid);
        };
        if *aggregation == Aggregation::Rate {
            let seconds = timing.window.as_secs_f64();
            grid.map(|_, value| value / seconds);
        }
        if !grid.collided() {
            return Ok(grid);
        }
        if *aggregation == Aggregation::Avg {
            return self.mean(field, also, timing).await;
        }
        let is_typed = |field: &Field| matches!(field.kind, FieldType::Number | FieldType::Bool);
        let could_be_spellings = self.metric.groups.iter().any(is_typed);
        if could_be_spellings && !self.by_value.swap(true, Ordering::Relaxed) {
            let groups = &self.metric.groups;
            let grid = self
                .grid(groups, &self.metric.reading, also, timing)
                .await?;
            if !grid.collided() {
                return Ok(grid);
            }
        }
        // A number that is one of several would be a guess.
        let problem = format!(
            "\"{aggregation}\" cannot be put together from parts, and here Loki has to be asked in parts: a name is a label on some streams and metadata on others, or Python wrote a group's value with escapes; use avg, min, max, sum or rate, or give the fields the sources label, metadata, line"
        );
        Err(QueryError::new("measure.aggregation", problem).into())
    }

    /// Means from sums and counts, which merge.
    async fn mean(
        &self,
        field: &Field,
        also: Vec<translate::Condition>,
        timing: &Timing,
    ) -> Result<Grid, Error> {
        let groups = &self.metric.groups;
        let sum = Reading::Measure(field.clone(), Aggregation::Sum);
        let count = Reading::Values(field.clone());
        let sums = self.grid(groups, &sum, also.clone(), timing);
        let counts = self.grid(groups, &count, also, timing);
        let (sums, counts) = tokio::try_join!(sums, counts)?;
        Ok(sums.divided_into(&counts))
    }

    /// How long each group has been silent, in seconds.
    pub(super) async fn last_seen(&self, timing: &Timing) -> Result<Grid, Error> {
        let reading = &self.metric.reading;
        let newest = match self.newest(reading, Vec::new(), timing).await {
            Err(error) if is_too_many(&error) => self.largest_newest(reading, timing).await?,
            newest => newest?,
        };
        let mut silent = Grid::new(*timing);
        for (group, values) in newest.iter() {
            let mut last = f64::NAN;
            let mut rows = Vec::new();
            for (number, value) in values.iter().enumerate() {
                last = last.max(*value);
                let now = timing.time_of(number);
                let age = now.saturating_sub(timing.from_ns()) as f64 - last;
                if age < timing.window.as_nanos() as f64 {
                    rows.push((number, age.max(0.0) / 1e9));
                }
            }
            silent.add_series(group, rows.into_iter(), Merge::First);
        }
        Ok(self.cut_values(silent))
    }

    /// The newest line of each group in each step, and in the window before the first point: each line is
    /// read once, however many windows it is in.
    pub(super) async fn newest(
        &self,
        reading: &Reading,
        also: Vec<translate::Condition>,
        timing: &Timing,
    ) -> Result<Grid, Error> {
        let groups = &self.metric.groups;
        let first = Timing {
            end_ns: timing.start_ns,
            instant: true,
            ..*timing
        };
        if timing.points() == 1 {
            return self.grid(groups, reading, also, &first).await;
        }
        let mut newest = Grid::new(*timing);
        let mut add = |found: Grid| {
            for (group, values) in found.iter() {
                let point = |number| timing.point_at(found.timing().time_of(number));
                let points = values.iter().enumerate();
                let points = points.filter_map(|(number, value)| Some((point(number)?, *value)));
                newest.add_series(group, points, Merge::Max);
            }
        };
        let steps = Timing {
            start_ns: timing.time_of(1),
            window: Duration::from_nanos(timing.step_ns.unsigned_abs()),
            ..*timing
        };
        let before = self.grid(groups, reading, also.clone(), &first);
        let since = self.grid(groups, reading, also, &steps);
        let (before, since) = tokio::try_join!(before, since)?;
        add(before);
        add(since);
        not_too_many_numbers(&newest)?;
        Ok(newest)
    }
}
