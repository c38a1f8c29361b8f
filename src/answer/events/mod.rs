//! `events`: annotations, by the names that Grafana reads (`time`, `timeEnd`, `title`, `text`, `tags`,
//! `id`): points in time, or regions between events.

mod regions;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::template::{Template, named};
use super::{Asked, Ending, Page, Position, Reader, Slots, cut, shown};
use crate::frame::{Column, Field as FrameField, Frame, FrameType, Meta, Notice, Texts};
use crate::query::{Direction, Query};
use crate::schema::{Field, FieldType, Level, System, value};
use crate::text;

/// The longest value that a text is made of, in bytes.
const LONGEST_VALUE: usize = 2 << 10;
/// The longest tag, in bytes.
const LONGEST_TAG: usize = 200;
/// About what an event costs beside its values.
const BYTES_OF_AN_EVENT: usize = 200;

/// Events under construction.
#[derive(Debug)]
pub struct Builder {
    reader: Reader,
    texts: TextsOf,
    regions: Option<RegionWords>,
    events: Vec<Event>,
    bytes: usize,
}

/// What an annotation's texts are made of.
#[derive(Debug)]
struct TextsOf {
    title: Template,
    text: Template,
    /// The numbers of the fields that are tags.
    tags: Vec<usize>,
}

/// What begins and ends regions.
#[derive(Debug)]
struct RegionWords {
    /// The number of the field that names the event.
    event: usize,
    start: BTreeSet<String>,
    end: BTreeSet<String>,
    /// The number of the field whose value start and end share.
    key: usize,
}

/// One line.
#[derive(Debug)]
struct Event {
    at: Position,
    /// Its number among all, oldest first.
    number: usize,
    values: Box<[Option<Box<str>>]>,
    starts: bool,
    ends: bool,
}

/// One annotation.
#[derive(Debug)]
struct Annotation<'e> {
    time_ns: i64,
    end_ns: Option<i64>,
    /// The event that it is about, and the one that ends it.
    of: [Option<&'e Event>; 2],
    /// What is said behind the text.
    mark: &'static str,
}

/// Fields, each once, with their numbers.
#[derive(Default)]
struct Fields(Vec<Field>);

impl Fields {
    fn number(&mut self, field: Field) -> usize {
        let known = self.0.iter().position(|known| *known == field);
        known.unwrap_or_else(|| {
            self.0.push(field);
            self.0.len() - 1
        })
    }
}

/// Returns the names of the fields that a question's annotations ask for.
pub fn names(query: &Query, system: &System) -> Vec<String> {
    let options = &query.events;
    let mut names: Vec<String> = options.tags.iter().flatten().cloned().collect();
    names.extend(options.field.clone());
    names.extend(options.key.clone());
    for text in [&options.title, &options.text].into_iter().flatten() {
        Template::new(text, |name| {
            names.push(named(name, query, system).name);
            0
        });
    }
    names
}

impl Builder {
    pub fn new(asked: &Asked<'_>) -> Self {
        let (query, system) = (asked.query, asked.system);
        let options = &query.events;
        let mut fields = Fields::default();
        let mut number = |name: &str| fields.number(named(name, query, system));
        let title = Template::new(options.title.as_deref().unwrap_or("{{field}}"), &mut number);
        let text = Template::new(
            options.text.as_deref().unwrap_or("{{message}}"),
            &mut number,
        );
        let event = number("field");
        let tags = match &options.tags {
            Some(names) => names.iter().map(|name| number(name)).collect(),
            None => vec![event],
        };
        // A question without the field would have been refused.
        let event_field = options.event_field(system).ok();
        let key = options.key_field(system).ok().flatten();
        let regions = event_field.zip(key).map(|(field, key)| {
            let words = |words: &[String]| {
                let meant = words.iter().map(|word| match field.kind {
                    FieldType::Level => system.levels.meant(word).map_or("", Level::as_str),
                    _ => word,
                });
                let meant = meant.map(|word| same(&field, word, system));
                meant.collect::<BTreeSet<String>>()
            };
            RegionWords {
                start: words(&options.start),
                end: words(&options.end),
                event: fields.number(field.clone()),
                key: fields.number(key),
            }
        });
        Self {
            reader: Reader::new(fields.0, asked.system.format),
            texts: TextsOf { title, text, tags },
            regions,
            events: Vec::new(),
            bytes: 0,
        }
    }

    pub fn push(&mut self, page: &Page, range: Range<usize>, system: &System) {
        let mut slots = Slots::new();
        for (at, row) in page.rows(range) {
            let values = self.reader.read(row, &mut slots);
            let fields = self.reader.fields().iter();
            let texts = fields.zip(values.iter()).map(|(field, value)| {
                let text = cut(shown(field, value, system)?, LONGEST_VALUE);
                Some(Box::from(text))
            });
            let texts: Box<[Option<Box<str>>]> = texts.collect();
            let (starts, ends) = match &self.regions {
                Some(words) => {
                    let field = self.reader.fields().get(words.event);
                    let event = field.and_then(|field| {
                        let value = shown(field, values.get(words.event), system)?;
                        Some(same(field, value, system))
                    });
                    let is = |words: &BTreeSet<String>| {
                        event.as_ref().is_some_and(|e| words.contains(e))
                    };
                    (is(&words.start), is(&words.end))
                }
                None => (false, false),
            };
            let held = texts.iter().flatten().map(|text| text.len());
            self.bytes += BYTES_OF_AN_EVENT + held.sum::<usize>();
            self.events.push(Event {
                at,
                number: 0,
                values: texts,
                starts,
                ends,
            });
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn finish(mut self, asked: &Asked<'_>, ending: &Ending) -> Frame {
        // Rows come in order.
        if asked.query.direction == Direction::Backward {
            self.events.reverse();
        }
        for (number, event) in self.events.iter_mut().enumerate() {
            event.number = number;
        }
        let mut meta = Meta::new(FrameType::Table, asked.expr);
        meta.custom.insert("resultType".into(), "events".into());
        let mut annotations = match &self.regions {
            None => self.events.iter().map(Annotation::point).collect(),
            Some(words) => {
                let regions = regions::regions(&self.events, words.key, &ending.covered);
                let key = self.reader.fields().get(words.key);
                meta.notices.extend(keyless(regions.keyless, key));
                regions.annotations
            }
        };
        annotations.sort_by_key(|annotation| (annotation.time_ns, annotation.number()));
        let [mut titles, mut texts, mut tags, mut ids]: [Texts; 4] = Default::default();
        for annotation in &annotations {
            titles.push(&annotation.title(&self.texts));
            texts.push(&annotation.text(&self.texts));
            tags.push(&annotation.tags(&self.texts));
            ids.push(&annotation.id());
        }
        let times = annotations.iter().map(|annotation| annotation.time_ns);
        let ends = annotations.iter().map(|annotation| annotation.end_ns);
        Frame {
            name: String::new(),
            fields: vec![
                FrameField::new("time", Column::Time(times.collect())),
                FrameField::new("timeEnd", Column::OptionalTime(ends.collect())),
                FrameField::new("title", Column::Text(titles)),
                FrameField::new("text", Column::Text(texts)),
                FrameField::new("tags", Column::Text(tags)),
                FrameField::new("id", Column::Text(ids)),
            ],
            meta,
        }
    }
}

fn keyless(count: usize, key: Option<&Field>) -> Option<Notice> {
    let name = &key?.name;
    (count > 0).then(|| {
        Notice::warning(format!(
            "{count} events have no {name}, by which a region's start and end find each other: they are shown as points"
        ))
    })
}

/// Returns what two values that mean the same have in common; levels are canonical already.
fn same(field: &Field, text: &str, system: &System) -> String {
    let read = match field.kind {
        FieldType::String | FieldType::Json | FieldType::Level => None,
        FieldType::Number => value::number(text).map(|number| (number + 0.0).to_string()),
        FieldType::Bool => value::boolean(text).map(|truth| truth.to_string()),
        FieldType::Time => value::time(text, &system.time_zone).map(|time| time.to_string()),
    };
    read.unwrap_or_else(|| text.to_owned())
}

impl Event {
    fn value(&self, number: usize) -> Option<&str> {
        self.values.get(number)?.as_deref()
    }
}

impl<'e> Annotation<'e> {
    fn point(event: &'e Event) -> Self {
        Self {
            time_ns: event.at.timestamp_ns,
            end_ns: None,
            of: [Some(event), None],
            mark: "",
        }
    }

    /// Returns a field's value: the start's, else the end's.
    fn value(&self, number: usize) -> Option<&'e str> {
        let mut events = self.of.into_iter().flatten();
        events.find_map(|event| event.value(number))
    }

    /// Returns the same for a text that Grafana draws as HTML: what stands in a line must not become markup.
    fn html(&self, number: usize) -> Option<Cow<'e, str>> {
        let value = self.value(number)?;
        Some(text::html(&text::plain(value, LONGEST_VALUE)).into())
    }

    fn title(&self, texts: &TextsOf) -> String {
        texts.title.fill(|number| self.html(number))
    }

    fn text(&self, texts: &TextsOf) -> String {
        let text = texts.text.fill(|number| self.html(number));
        format!("{text}{}", self.mark).trim_start().to_owned()
    }

    /// Grafana splits the tags at commas.
    fn tags(&self, texts: &TextsOf) -> String {
        let mut tags: Vec<String> = Vec::new();
        for number in &texts.tags {
            for event in self.of.into_iter().flatten() {
                let Some(value) = event.value(*number) else {
                    continue;
                };
                let tag = text::one_line(value, LONGEST_TAG);
                let tag = cut(&tag, LONGEST_TAG).replace(',', ";");
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        tags.join(",")
    }

    /// Returns the event that it begins with, or else ends with.
    fn first(&self) -> Option<&'e Event> {
        self.of.into_iter().flatten().next()
    }

    fn number(&self) -> usize {
        self.first().map_or(0, |event| event.number)
    }

    /// The id of the row that it begins with, or else ends with.
    fn id(&self) -> String {
        let first = self.first();
        first.map(|event| event.at.to_string()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
