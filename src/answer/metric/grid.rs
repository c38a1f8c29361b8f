//! Numbers by group and point.

use std::collections::HashMap;

use super::Group;
use crate::query::timing::Timing;

/// How two numbers of one group and point become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// Their sum.
    Add,
    /// The smaller.
    Min,
    /// The larger.
    Max,
    /// The first that came; another one is a collision.
    First,
}

/// The most numbers of a grid: 500 groups of 11,000 points, and half as many again.
const MOST_NUMBERS: usize = 8_000_000;

/// Numbers by group and point. `NaN` stands for none: Loki answers none of the numbers that are asked
/// for with it, since only finite values are measured.
#[derive(Debug, Clone)]
pub struct Grid {
    timing: Timing,
    groups: Vec<Group>,
    numbers: HashMap<Group, usize>,
    values: Vec<Vec<f64>>,
    collided: bool,
    overflowed: bool,
}

impl Grid {
    /// Makes an empty grid.
    pub fn new(timing: Timing) -> Self {
        Self {
            timing,
            groups: Vec::new(),
            numbers: HashMap::new(),
            values: Vec::new(),
            collided: false,
            overflowed: false,
        }
    }

    /// Returns the points.
    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    /// Says whether numbers met that do not merge.
    pub fn collided(&self) -> bool {
        self.collided
    }

    /// Says whether there were more groups than a grid of so many points holds: those that came last
    /// are missing.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Returns the most groups that a grid of so many points holds.
    pub fn most_groups(&self) -> usize {
        MOST_NUMBERS / self.timing.points()
    }

    /// Returns the number of groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Says whether there is no group.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Returns the groups with their values by point.
    pub fn iter(&self) -> impl Iterator<Item = (&Group, &[f64])> {
        self.groups
            .iter()
            .zip(self.values.iter().map(Vec::as_slice))
    }

    /// Returns the values of a group.
    pub fn get(&self, group: &Group) -> Option<&[f64]> {
        let number = self.numbers.get(group)?;
        self.values.get(*number).map(Vec::as_slice)
    }

    /// Returns the values of a group, which is there afterwards; none when the grid is full.
    pub fn row(&mut self, group: Group) -> &mut [f64] {
        let points = self.timing.points();
        let number = match self.numbers.get(&group) {
            Some(number) => *number,
            None if self.groups.len() >= self.most_groups() => {
                self.overflowed = true;
                return &mut [];
            }
            None => {
                let number = self.groups.len();
                self.groups.push(group.clone());
                self.numbers.insert(group, number);
                self.values.push(vec![f64::NAN; points]);
                number
            }
        };
        self.values
            .get_mut(number)
            .map_or(&mut [], Vec::as_mut_slice)
    }

    /// Adds a number; one outside the points does not count.
    pub fn add(&mut self, group: &Group, point: usize, value: f64, merge: Merge) {
        self.add_series(group, std::iter::once((point, value)), merge);
    }

    /// Adds the points of a series; NaN is no point.
    pub fn add_series(
        &mut self,
        group: &Group,
        points: impl Iterator<Item = (usize, f64)>,
        merge: Merge,
    ) {
        let mut collided = false;
        let row = self.row(group.clone());
        for (point, value) in points {
            let Some(slot) = row.get_mut(point).filter(|_| !value.is_nan()) else {
                continue;
            };
            if slot.is_nan() {
                *slot = value;
                continue;
            }
            match merge {
                Merge::Add => *slot += value,
                Merge::Min => *slot = slot.min(value),
                Merge::Max => *slot = slot.max(value),
                Merge::First => collided = true,
            }
        }
        self.collided |= collided;
    }

    /// Changes every value.
    pub fn map(&mut self, change: impl Fn(usize, f64) -> f64) {
        for row in &mut self.values {
            for (point, value) in row.iter_mut().enumerate() {
                if !value.is_nan() {
                    *value = change(point, *value);
                }
            }
        }
    }

    /// Divides by the numbers of another grid, point by point; what is missing here counts as zero, and
    /// where the other has nothing there is nothing.
    #[must_use]
    pub fn divided_into(&self, all: &Self) -> Self {
        let mut shares = Self::new(all.timing);
        for (group, totals) in all.iter() {
            let parts = self.get(group);
            let row = shares.row(group.clone());
            for (point, (slot, total)) in row.iter_mut().zip(totals).enumerate() {
                if total.is_nan() || *total == 0.0 {
                    continue;
                }
                let part = parts.and_then(|parts| parts.get(point)).copied();
                *slot = part.filter(|part| !part.is_nan()).unwrap_or(0.0) / total;
            }
        }
        shares
    }

    /// Fills with zeros where the other grid has a number.
    pub fn fill_from(&mut self, all: &Self) {
        for (group, totals) in all.iter() {
            let row = self.row(group.clone());
            for (slot, total) in row.iter_mut().zip(totals) {
                if slot.is_nan() && !total.is_nan() {
                    *slot = 0.0;
                }
            }
        }
    }

    /// Splits into the largest groups, by the sum of their numbers, and the others added up.
    #[must_use]
    pub fn split_largest(&self, most: usize) -> (Vec<Group>, Vec<f64>) {
        let sum = |row: &[f64]| -> f64 { row.iter().filter(|v| !v.is_nan()).sum() };
        let mut groups: Vec<(&Group, f64)> = self.iter().map(|(g, row)| (g, sum(row))).collect();
        groups.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let others = groups.split_off(most.min(groups.len()));
        let mut rest = vec![f64::NAN; self.timing.points()];
        for (group, _) in others {
            for (slot, value) in rest.iter_mut().zip(self.get(group).unwrap_or_default()) {
                if !value.is_nan() {
                    *slot = value + if slot.is_nan() { 0.0 } else { *slot };
                }
            }
        }
        (
            groups.into_iter().map(|(group, _)| group.clone()).collect(),
            rest,
        )
    }

    /// Keeps these groups.
    #[must_use]
    pub fn only(&self, groups: &[Group]) -> Self {
        let mut kept = Self::new(self.timing);
        for group in groups {
            if let Some(values) = self.get(group) {
                kept.add_series(group, values.iter().copied().enumerate(), Merge::First);
            }
        }
        kept.collided |= self.collided;
        kept
    }

    /// Returns the sum over all groups and points.
    pub fn total(&self) -> f64 {
        let values = self.values.iter().flatten();
        values.filter(|value| !value.is_nan()).sum()
    }

    /// Returns the sums over all groups, point by point.
    pub fn sums(&self) -> Vec<f64> {
        self.split_largest(0).1
    }

    /// Returns what is left of a total, point by point, when every group is taken away.
    #[must_use]
    pub fn rest_of(&self, total: &[f64]) -> Vec<f64> {
        let mut rest = total.to_vec();
        for row in &self.values {
            for (slot, value) in rest.iter_mut().zip(row) {
                if !value.is_nan() && !slot.is_nan() {
                    *slot -= value;
                }
            }
        }
        rest
    }

    /// Brings the groups into order.
    pub fn sort_by(&mut self, before: impl Fn(&Group, &Group) -> std::cmp::Ordering) {
        let mut rows: Vec<(Group, Vec<f64>)> =
            self.groups.drain(..).zip(self.values.drain(..)).collect();
        rows.sort_by(|a, b| before(&a.0, &b.0));
        let numbers = rows.iter().enumerate();
        self.numbers = numbers
            .map(|(number, (group, _))| (group.clone(), number))
            .collect();
        (self.groups, self.values) = rows.into_iter().unzip();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn grid(rows: &[(&str, &[f64])]) -> Grid {
        let mut timing = Timing::at(0, Duration::from_secs(1));
        timing.end_ns = 2 * timing.step_ns;
        let mut grid = Grid::new(timing);
        for (name, values) in rows {
            let points = values.iter().copied().enumerate();
            grid.add_series(&vec![Some((*name).to_owned())], points, Merge::Add);
        }
        grid
    }

    fn row(grid: &Grid, name: &str) -> Vec<Option<f64>> {
        let row = grid.get(&vec![Some(name.to_owned())]).unwrap();
        row.iter().map(|v| (!v.is_nan()).then_some(*v)).collect()
    }

    #[test]
    fn numbers_of_one_group_merge() {
        let mut sums = grid(&[("a", &[1.0, 2.0]), ("a", &[f64::NAN, 3.0, 4.0])]);
        assert_eq!(row(&sums, "a"), [Some(1.0), Some(5.0), Some(4.0)]);
        let key = vec![Some("a".to_owned())];
        sums.add(&key, 0, 0.5, Merge::Min);
        sums.add(&key, 1, 9.0, Merge::Max);
        sums.add(&key, 7, 9.0, Merge::Max);
        assert_eq!(row(&sums, "a"), [Some(0.5), Some(9.0), Some(4.0)]);
        assert!(!sums.collided());
        sums.add(&key, 0, 9.0, Merge::First);
        assert!(sums.collided());
        assert_eq!(row(&sums, "a")[0], Some(0.5));
    }

    #[test]
    fn shares_are_zero_without_errors_and_nothing_without_lines() {
        let all = grid(&[("a", &[4.0, f64::NAN, 2.0]), ("b", &[1.0])]);
        let errors = grid(&[("a", &[1.0])]);
        let shares = errors.divided_into(&all);
        assert_eq!(row(&shares, "a"), [Some(0.25), None, Some(0.0)]);
        assert_eq!(row(&shares, "b"), [Some(0.0), None, None]);
        let mut errors = errors;
        errors.fill_from(&all);
        assert_eq!(row(&errors, "a"), [Some(1.0), None, Some(0.0)]);
        assert_eq!(row(&errors, "b"), [Some(0.0), None, None]);
    }

    #[test]
    fn the_largest_groups_are_kept_and_the_others_add_up() {
        let nan = f64::NAN;
        let all = grid(&[("a", &[1.0, 1.0]), ("b", &[9.0]), ("c", &[nan, 2.0, 1.0])]);
        let (largest, rest) = all.split_largest(1);
        assert_eq!(largest, [vec![Some("b".to_owned())]]);
        assert_eq!(rest, [1.0, 3.0, 1.0]);
        let kept = all.only(&largest);
        assert_eq!((kept.len(), row(&kept, "b")[0]), (1, Some(9.0)));
        assert_eq!(all.split_largest(5).0.len(), 3);
    }

    #[test]
    fn a_grid_holds_so_many_numbers_and_says_when_it_is_full() {
        let mut timing = Timing::at(0, Duration::from_secs(1));
        timing.end_ns = 3_999_999 * timing.step_ns;
        let mut grid = Grid::new(timing);
        assert_eq!(grid.most_groups(), 2);
        for name in ["a", "b", "a", "c"] {
            grid.add(&vec![Some(name.to_owned())], 0, 1.0, Merge::Add);
        }
        assert_eq!((grid.len(), grid.overflowed()), (2, true));
    }

    #[test]
    fn the_rest_is_what_the_groups_leave() {
        let chosen = grid(&[("a", &[4.0, f64::NAN]), ("b", &[1.0, 1.0])]);
        let rest = chosen.rest_of(&[10.0, 1.0, f64::NAN]);
        assert_eq!(rest[..2], [5.0, 0.0]);
        assert!(rest[2].is_nan());
        assert!((chosen.total() - 6.0).abs() < 1e-9);
    }
}
