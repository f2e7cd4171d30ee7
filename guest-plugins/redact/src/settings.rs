//! Settings as they arrive, and the plan they become for each field.

use serde::Deserialize;

use crate::classes::{Classifier, Signs};
use crate::context::{Context, Keywords};
use crate::custom::Automaton;
use crate::entities::{self, ANCHORS, Anchor};
use crate::glob::Glob;
use crate::tables::{LISTED, LOOKS, LOOKS_ALONE, Listed, Looks, PROVEN, TOKENS, Table, Token, WRITTEN};
use crate::types::{Confidence, Failure};
use crate::written::{Both, ByLength, Extent};

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
    #[serde(default = "yes")]
    examples: bool,
    #[serde(default = "yes")]
    runs: bool,
    #[serde(default)]
    reference: bool,
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

fn yes() -> bool {
    true
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
    /// By entity: whether it is looked for.
    pub(crate) wanted: Vec<bool>,
    /// By entity: whether the field's path names it.
    pub(crate) hinted: Vec<bool>,
    /// Rows of the table of forms that are sure enough alone.
    pub(crate) alone: ByLength,
    /// Whether words with digits are held against the table of forms.
    pub(crate) words: bool,
    /// What is seen at the first digit of rows that are sure enough alone.
    pub(crate) looks_alone: &'static Looks,
    /// How what is sure enough alone may be written.
    pub(crate) shapes_alone: Both,
    /// Whether words that may be base64 or hexadecimal are decoded.
    pub(crate) runs: bool,
    /// Whether there are forms that have no digits: they begin at capitals.
    pub(crate) capitals: bool,
    /// Whether there are rows that a keyword nearby makes sure enough, and by entity, what its values have at least.
    pub(crate) in_context: bool,
    pub(crate) in_context_of: Vec<Option<Extent>>,
    /// Dates whose months are in words.
    pub(crate) dated: Option<Dated>,
    /// Tokens that begin with a literal.
    pub(crate) tokens: Option<&'static Table<Token>>,
    /// Whether values beside a provider's name are.
    pub(crate) keyed: bool,
    /// Whether rows say whom their events name; nothing is looked for in them.
    pub(crate) reference: bool,
    /// The entity of those whom the event names, where they are looked for.
    pub(crate) known: Option<u32>,
    pub(crate) except: Vec<Glob>,
    /// Whether values that documents use as examples are found.
    pub(crate) examples: bool,
    pub(crate) field: entities::Field,
}

/// The entity that dates are of, beside its forms: a month in words has too many letters for one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dated {
    pub(crate) entity: u32,
    /// Whether one counts that nothing nearby says to be of it.
    pub(crate) is_sure: bool,
}

/// Its name.
const BIRTH_DATE: &str = "person.birth-date";

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
    let own_words = settings.custom.iter().enumerate().flat_map(|(number, custom)| {
        custom.keywords.iter().map(move |word| (word.as_str(), (LISTED.len() + number) as u32))
    });
    let keywords = Keywords::new(own_words);
    let own = settings.custom.iter().zip(prepared);
    let own =
        own.map(|(custom, bytes)| Automaton::read(bytes, !custom.keywords.is_empty())).collect::<Result<_, _>>()?;
    let fields = settings.fields.iter();
    let plans = fields.map(|field| plan(field, &settings.custom, &keywords)).collect::<Result<_, _>>()?;
    Ok(Configured { plans, keywords, own })
}

fn plan(field: &Field, custom: &[Custom], keywords: &Keywords) -> Result<Plan, Failure> {
    // What would be looked for and is not would stay in clear.
    if field.reference && !field.find.is_empty() {
        return Err(Failure::SettingsRejected);
    }
    let wanted = wanted(&field.find, custom)?;
    let mut plan = Plan {
        at: Default::default(),
        digits: 0,
        own: Vec::new(),
        threshold: field.threshold,
        hinted: vec![false; wanted.len()],
        in_context_of: vec![None; wanted.len()],
        wanted,
        alone: ByLength::default(),
        words: false,
        looks_alone: &LOOKS_ALONE,
        shapes_alone: Both::default(),
        runs: field.runs,
        capitals: false,
        in_context: false,
        dated: None,
        tokens: None,
        keyed: false,
        reference: field.reference,
        known: None,
        except: field.except.iter().map(|pattern| Glob::new(pattern)).collect(),
        examples: field.examples,
        field: entities::Field::of(&field.hints),
    };
    let (classes, hints) = (Classifier::new(Signs::At), field.hints.join(" "));
    let mut context = Context::default();
    for mention in context.around((keywords, &classes), hints.as_bytes(), 0..hints.len()) {
        if let Some(hinted) = plan.hinted.get_mut(mention.entity as usize) {
            *hinted = true;
        }
    }
    // A field that is declared to hold an entity is hinted by its name.
    for (hinted, entity) in plan.hinted.iter_mut().zip(LISTED) {
        *hinted |= field.hints.iter().any(|hint| hint == entity.name);
    }
    for number in 0..plan.wanted.len() {
        if plan.wanted.get(number) != Some(&true) {
            continue;
        }
        match LISTED.get(number) {
            Some(entity) => plan.ask(number, entity),
            None => plan.own.push(number - LISTED.len()),
        }
    }
    Ok(plan)
}

/// By entity, own ones last: whether a name or a set in `find` means it.
fn wanted(find: &[String], custom: &[Custom]) -> Result<Vec<bool>, Failure> {
    let mut wanted = vec![false; LISTED.len() + custom.len()];
    for name in find {
        let mut known = false;
        let built = LISTED.iter().map(|entity| entity.name == name || entity.sets.contains(&name.as_str()));
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
    Ok(wanted)
}

impl Plan {
    /// Looks for an entity, unless it would never be sure enough.
    fn ask(&mut self, number: usize, entity: &Listed) {
        let hinted = self.hinted.get(number) == Some(&true);
        let reaches = |alone: Confidence| self.threshold <= if hinted { alone.lifted() } else { alone };
        if let Some(finder) = entity.find {
            if reaches(finder.surest) {
                self.digits |= finder.digits;
                let says = self.field != entities::Field::default();
                for &anchor in finder.anchors.iter().filter(|&&anchor| says || anchor != Anchor::Row) {
                    if let Some(asked) = self.at.get_mut(anchor as usize) {
                        asked.push(number as u32);
                    }
                }
            }
            return;
        }
        if entity.reference {
            self.known = Some(number as u32).filter(|_| reaches(Confidence::Likely));
            return;
        }
        if !entity.forms.is_empty() {
            let forms = WRITTEN.get(entity.forms.clone()).unwrap_or_default();
            if reaches(entity.alone()) {
                self.alone.add(entity.forms.clone());
                if entity.weak {
                    self.looks_alone = &LOOKS;
                }
                forms.iter().for_each(|row| self.shapes_alone.add(&row.form));
            } else if self.threshold <= Confidence::Likely {
                self.in_context = true;
                if let Some(of) = self.in_context_of.get_mut(number) {
                    *of = Some(Extent::of(forms));
                }
            }
            if entity.name == BIRTH_DATE && (self.in_context || reaches(entity.alone())) {
                self.dated = Some(Dated { entity: number as u32, is_sure: reaches(entity.alone()) });
            }
            self.capitals |= forms.iter().any(|row| row.form.may_lack_digits());
            self.words = self.in_context || !self.alone.is_empty();
            return;
        }
        // A token whose check passes is certain, any other one likely.
        if reaches(Confidence::Likely) {
            self.tokens = Some(&TOKENS);
        } else if entity.proves && reaches(Confidence::Certain) {
            self.tokens = Some(self.tokens.unwrap_or(&PROVEN));
        }
        self.keyed |= !entity.keyed.is_empty() && reaches(Confidence::Likely);
    }
}
