//! Exact lists: the values of a plan's lists in the holes whose treatments look for them.
//!
//! A list sees the value as it came, not what others leave of it: half of a listed value, whose other half the detector hid,
//! must not leave. What a list finds only counts where something of it is not hidden anyway, as for other entities of officers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use std::sync::Arc;

use crate::event::Docs;
use crate::policy::decoded::{Decoded, apart};
use crate::policy::document::Confidence;
use crate::policy::exact::{ExactList, Words};
use crate::policy::glob::GlobSet;
use crate::policy::{Plan, RedactField};

use super::execute::Engine;
use super::outcome::Outcome;
use super::steps::StepError;
use super::vendor::{Hidden, Place, Shown, label_of};

/// Findings in one value, at most: one that has more is hidden whole.
const FINDINGS_MAX: usize = 4096;
/// A keyword stands so many bytes before a value or behind it, as for other entities.
const BEFORE: usize = 60;
const BEHIND: usize = 20;

/// What is looked for in a hole: as a treatment says, in the lists of a plan.
struct Asked {
    lists: Vec<Listed>,
    threshold: Confidence,
    except: GlobSet,
    label: String,
}

/// An entity that is known by a list.
struct Listed {
    name: String,
    list: Arc<ExactList>,
    /// `None`: it needs none, or the field is named so.
    keywords: Option<Vec<Keyword>>,
}

/// A keyword in one spelling, blanks around it.
struct Keyword(Vec<u8>);

/// A finding: the bytes of the value, and who found it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Hit<'a> {
    start: usize,
    end: usize,
    entity: &'a str,
}

impl Asked {
    fn new(field: &RedactField, plan: &Plan) -> Result<Self, StepError> {
        let found = &field.found;
        let own = plan.entities.iter().filter(|own| found.find.iter().any(|name| own.is_called(name)));
        let lists = own.filter_map(|own| Some((own, own.list()?))).map(|(own, list)| {
            let keywords: Vec<_> = own.keywords.iter().filter_map(|word| Keyword::new(word)).collect();
            let hints = spelled(field.hints.join(" ").as_bytes());
            let is_hinted = field.hints.contains(&own.name.value) || keywords.iter().any(|word| word.is_in(&hints));
            let known = plan.exact.get(&list.value).ok_or_else(|| StepError {
                step: "list",
                reason: format!("the plan was made without the exact list `{}`", list.value),
            })?;
            Ok(Listed {
                name: own.name.value.clone(),
                list: known.clone(),
                keywords: Some(keywords).filter(|keywords| !keywords.is_empty() && !is_hinted),
            })
        });
        Ok(Self {
            lists: lists.collect::<Result<_, _>>()?,
            threshold: found.threshold,
            except: GlobSet::new(&found.except),
            label: found.label.clone(),
        })
    }

    /// Looks for values in a text. `source`: where bytes of the text stand in the value.
    fn look<'a>(
        &'a self,
        words: &Words,
        text: &[u8],
        source: impl Fn(Range<usize>) -> Range<usize>,
        hits: &mut Vec<Hit<'a>>,
    ) {
        for listed in &self.lists {
            listed.list.find(words, |run| {
                let at = words.span(run);
                let is_sure = self.threshold == Confidence::Possible || listed.is_sure(text, &at);
                let is_excepted = || self.except.matches(text.get(at.clone()).unwrap_or_default());
                if is_sure && hits.len() <= FINDINGS_MAX && !is_excepted() {
                    let Range { start, end } = source(at);
                    hits.push(Hit { start, end, entity: &listed.name });
                }
            });
        }
        // Several readings find the same.
        if hits.len() <= FINDINGS_MAX {
            hits.sort_unstable();
            hits.dedup();
        }
    }
}

impl Listed {
    /// Whether a finding is certain; else it is only possible: one of its words has to stand near, in the same line.
    fn is_sure(&self, text: &[u8], at: &Range<usize>) -> bool {
        let Some(keywords) = &self.keywords else { return true };
        let before = text.get(at.start.saturating_sub(BEFORE)..at.start).unwrap_or_default();
        let before = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let behind = text.get(at.end..text.len().min(at.end + BEHIND)).unwrap_or_default();
        let behind = behind.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let (before, behind) = (spelled(before), spelled(behind));
        keywords.iter().any(|word| word.is_in(&before) || word.is_in(&behind))
    }
}

impl Keyword {
    /// `foo*` is every word that begins so.
    fn new(word: &str) -> Option<Self> {
        let mut spelled = spelled(word.as_bytes());
        if word.ends_with('*') {
            spelled.pop();
        }
        spelled.iter().any(|byte| *byte != b' ').then_some(Self(spelled))
    }

    fn is_in(&self, text: &[u8]) -> bool {
        memchr::memmem::find(text, &self.0).is_some()
    }
}

/// The words of a text, with a blank before each and one behind the last.
fn spelled(text: &[u8]) -> Vec<u8> {
    let mut words = Words::default();
    words.read(text);
    [b" ", words.run(0..words.len()), b" "].concat()
}

/// Widened to whole characters of a text.
fn whole(text: &[u8], Range { mut start, mut end }: Range<usize>) -> Range<usize> {
    let is_within = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    while start > 0 && is_within(start) {
        start -= 1;
    }
    while is_within(end) {
        end += 1;
    }
    start..end
}

/// All that is found in a value, as it stands and decoded, what shows nothing as part of a word and between two.
fn find<'a>(asked: &[&'a Asked], value: &[u8], words: &mut Words) -> Vec<(&'a Asked, Vec<Hit<'a>>)> {
    let mut found: Vec<(&Asked, Vec<Hit>)> = asked.iter().map(|asked| (*asked, Vec::new())).collect();
    let mut look = |text: &[u8], source: &dyn Fn(Range<usize>) -> Range<usize>| {
        let source = |at| whole(value, source(whole(text, at)));
        for read in [Some(Cow::Borrowed(text)), apart(text).map(Cow::Owned)].into_iter().flatten() {
            words.read(&read);
            found.iter_mut().for_each(|(asked, hits)| asked.look(words, &read, source, hits));
        }
    };
    look(value, &|at| at);
    Decoded::any(value, &mut |decoded| {
        look(&decoded.text, &|at| decoded.source(at));
        false
    });
    found.retain(|(_, hits)| !hits.is_empty());
    found
}

impl Engine {
    /// Looks for the values of exact lists in marked holes.
    ///
    /// # Errors
    ///
    /// A plan that was made without one of its lists.
    pub(super) fn look_in_lists(&mut self, buffer: &[u8], marked: &[Place]) -> Result<(), StepError> {
        let asked = self.asked(marked)?;
        let (mut words, mut hits) = (Words::default(), Vec::new());
        for place in marked.iter().copied() {
            let Some((plan, fields, value)) = self.listed(buffer, place) else { continue };
            let asked: Vec<_> = fields.iter().filter_map(|field| asked.get(&(plan, *field))).collect();
            let found = find(&asked, &value, &mut words);
            if found.is_empty() {
                self.vendors.add_listed(place.1, Vec::new());
            } else {
                hits.push((place, value.len(), found));
            }
        }
        let places: Vec<_> = hits.iter().map(|(place, ..)| *place).collect();
        let mut left = self.shown(buffer, &places, Shown::Filled).into_iter().peekable();
        for (place, length, found) in hits {
            // Where a built-in step failed nothing leaves.
            let Some((_, left)) = left.next_if(|(shown, _)| *shown == place) else { continue };
            let hidden = self.weigh(&left.text, length, &found);
            self.vendors.add_listed(place.1, hidden);
        }
        Ok(())
    }

    /// What is looked for in marked holes, by plan and field.
    fn asked(&self, marked: &[Place]) -> Result<HashMap<(u32, u16), Asked>, StepError> {
        let mut asked = HashMap::new();
        for (event, hole) in marked {
            let Some(plan) = self.events.get(*event as usize).map(|event| event.plan) else { continue };
            for field in self.treat_of(*hole).map_or(&[][..], |treat| &treat.listed) {
                let Some(looked) = self.resolver.listed.all().get(usize::from(*field)) else { continue };
                if let Entry::Vacant(entry) = asked.entry((plan, *field)) {
                    entry.insert(Asked::new(looked, self.resolver.plan(plan))?);
                }
            }
        }
        Ok(asked)
    }

    /// A hole that lists are to see: the plan of its event, what is looked for, its value. `None` where they are not.
    fn listed(&self, buffer: &[u8], (event, number): Place) -> Option<(u32, &[u16], Vec<u8>)> {
        let treat = self.treat_of(number).filter(|treat| !treat.listed.is_empty())?;
        let pending = self.events.get(event as usize).filter(|event| event.outcome == Outcome::Passed)?;
        let (hole, none) = (self.assembly.holes.get(number as usize)?, Docs::default());
        let docs = pending.docs.and_then(|number| self.docs.get(number as usize)).unwrap_or(&none);
        let mut value = Vec::new();
        docs.decode(buffer.get(pending.at.clone())?, &hole.token, &mut value);
        Some((pending.plan, &treat.listed, value))
    }

    /// What is to be hidden of the findings in a value of that length, and counts them: those of which something would leave.
    fn weigh(&mut self, left: &[u8], length: usize, found: &[(&Asked, Vec<Hit>)]) -> Vec<Hidden> {
        let mut hidden = Vec::new();
        for (asked, hits) in found {
            for hit in hits {
                if left.get(hit.start..hit.end).is_none_or(|left| left.iter().any(|byte| *byte != b'*')) {
                    *self.counts.entities.entry(hit.entity.to_owned()).or_default() += 1;
                    hidden.push((hit.start as u32, hit.end as u32, label_of(hit.entity, &asked.label)));
                }
            }
            if let Some(hit) = hits.get(FINDINGS_MAX) {
                hidden.push((0, length as u32, label_of(hit.entity, &asked.label)));
            }
        }
        hidden
    }
}
