//! Settings as they arrive, and the plan they become for each field.

use serde::Deserialize;

use crate::context::{Keywords, Mention};
use crate::custom::Automaton;
use crate::entities::{self, ANCHORS, Anchor};
use crate::glob::Glob;
use crate::types::{Confidence, Failure};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    fields: Vec<Field>,
    #[serde(default)]
    custom: Vec<Custom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    find: Vec<String>,
    #[serde(default = "likely")]
    threshold: Confidence,
    #[serde(default)]
    hints: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Custom {
    name: String,
    #[serde(default)]
    sets: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
}

fn likely() -> Confidence {
    Confidence::Likely
}

/// What is done for one field.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Entities to ask at each kind of anchor.
    pub(crate) at: [Vec<u32>; ANCHORS],
    /// Totals of digits that some entity asks for.
    pub(crate) digits: u64,
    /// Own entities to run.
    pub(crate) own: Vec<usize>,
    pub(crate) threshold: Confidence,
    /// By entity: whether the field's path names it.
    pub(crate) hinted: Vec<bool>,
    pub(crate) except: Vec<Glob>,
}

impl Plan {
    /// Whether anything is asked at this kind of anchor.
    pub(crate) fn asks(&self, anchor: Anchor) -> bool {
        self.at.get(anchor as usize).is_some_and(|asked| !asked.is_empty())
    }
}

/// Everything `configure` makes.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) plans: Vec<Plan>,
    pub(crate) keywords: Keywords,
    pub(crate) own: Vec<Automaton>,
}

/// Reads settings and automata.
pub(crate) fn configure(settings: &str, prepared: &[Vec<u8>]) -> Result<Configured, Failure> {
    let settings: Settings = serde_json::from_str(settings).map_err(|_| Failure::SettingsRejected)?;
    if settings.custom.len() != prepared.len() {
        return Err(Failure::SettingsRejected);
    }
    let built_in = entities::ALL.len();
    let own_words = settings.custom.iter().enumerate().flat_map(|(number, custom)| {
        custom.keywords.iter().map(move |word| (word.as_str(), (built_in + number) as u32))
    });
    let words = entities::ALL
        .iter()
        .enumerate()
        .flat_map(|(number, entity)| entity.keywords.iter().map(move |&word| (word, number as u32)));
    let keywords = Keywords::new(words.chain(own_words));
    let own = settings.custom.iter().zip(prepared);
    let own =
        own.map(|(custom, bytes)| Automaton::read(bytes, !custom.keywords.is_empty())).collect::<Result<_, _>>()?;
    let mut mentions = Vec::new();
    let fields = settings.fields.iter();
    let plans =
        fields.map(|field| plan(field, &settings.custom, &keywords, &mut mentions)).collect::<Result<_, _>>()?;
    Ok(Configured { plans, keywords, own })
}

fn plan(field: &Field, custom: &[Custom], keywords: &Keywords, mentions: &mut Vec<Mention>) -> Result<Plan, Failure> {
    let built_in = entities::ALL.len();
    let mut wanted = vec![false; built_in + custom.len()];
    for name in &field.find {
        let mut known = false;
        let built = entities::ALL.iter().map(|entity| entity.name == name || entity.sets.contains(&name.as_str()));
        let own = custom.iter().map(|own| own.name == *name || own.sets.contains(name));
        for (wanted, hit) in wanted.iter_mut().zip(built.chain(own)) {
            *wanted |= hit;
            known |= hit;
        }
        // A name that finds nothing would leave values in the clear that an officer believes hidden.
        if !known {
            return Err(Failure::SettingsRejected);
        }
    }
    let mut plan = Plan {
        at: Default::default(),
        digits: 0,
        own: Vec::new(),
        threshold: field.threshold,
        hinted: vec![false; wanted.len()],
        except: field.except.iter().map(|pattern| Glob::new(pattern)).collect(),
    };
    keywords.mentions(field.hints.join(" ").as_bytes(), mentions);
    for mention in mentions.iter() {
        if let Some(hinted) = plan.hinted.get_mut(mention.entity as usize) {
            *hinted = true;
        }
    }
    for (number, _) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted) {
        let Some(entity) = entities::ALL.get(number) else {
            plan.own.push(number - built_in);
            continue;
        };
        // What would never be sure enough is not looked for.
        let hinted = plan.hinted.get(number) == Some(&true);
        if plan.threshold > if hinted { entity.surest.lifted() } else { entity.surest } {
            continue;
        }
        plan.digits |= entity.digits;
        for &anchor in entity.anchors {
            if let Some(asked) = plan.at.get_mut(anchor as usize) {
                asked.push(number as u32);
            }
        }
    }
    Ok(plan)
}
