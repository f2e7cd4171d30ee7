//! What a plugin says about itself, checked before anything is printed or compared.

use super::schema::Schema;
use std::collections::HashSet;

/// A thing that a detector can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Dotted name, lower case, unique in its plugin, for example `payment.card`.
    pub name: String,
    /// Sets it belongs to, for example `personal`, `payment`.
    pub sets: Vec<String>,
    /// One line for people.
    pub title: String,
}

impl Entity {
    /// Its name and its sets: what a treatment may look for.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        std::iter::once(self.name.as_str()).chain(self.sets.iter().map(String::as_str))
    }

    /// Whether a treatment that looks for this name, or set, looks for it.
    pub fn is_called(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }
}

/// What a plugin says about itself. Every text is short, of one line, and without control characters.
#[derive(Debug)]
pub struct Description {
    /// Name, like an entity's.
    pub name: String,
    /// Version: letters, digits, `.`, `-`, `+`.
    pub version: String,
    /// Declared entities; findings name them by index. Empty for transformers.
    pub entities: Vec<Entity>,
    /// The JSON Schema of its settings. `None`: the host itself writes them.
    pub(super) schema: Option<Schema>,
}

/// A description as the guest gave it.
pub(super) struct RawDescription {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) settings_schema: String,
    pub(super) entities: Vec<Entity>,
}

const NAME: usize = 128;
const VERSION: usize = 64;
const TITLE: usize = 256;
const ENTITIES: usize = 4096;
const SETS: usize = 64;

impl Description {
    /// Checks what a guest said. The schema of a built-in would hold the host against itself, and compiling it takes longer than
    /// starting the plugin: only builds with debug assertions do that, and so every test.
    ///
    /// # Errors
    /// What is wrong and how to mend it; the text never repeats what the guest said.
    pub(super) fn check(raw: RawDescription, is_builtin: bool) -> Result<Description, String> {
        if !is_dotted(&raw.name) {
            return Err(format!("its name is not dotted lower case of at most {NAME} bytes, such as `example.badge`"));
        }
        if !is_version(&raw.version) {
            return Err(format!("its version is not letters, digits, `.`, `-` and `+` of at most {VERSION} bytes"));
        }
        if raw.entities.len() > ENTITIES {
            return Err(format!("it declares more than {ENTITIES} entities: split the plugin"));
        }
        let mut names = HashSet::new();
        for (index, entity) in raw.entities.iter().enumerate() {
            if !is_dotted(&entity.name) {
                return Err(format!("the name of entity {index} is not dotted lower case of at most {NAME} bytes"));
            }
            if !names.insert(entity.name.as_str()) {
                return Err(format!("entity {index} has the name of an earlier one: names must differ"));
            }
            if entity.sets.len() > SETS || !entity.sets.iter().all(|set| is_dotted(set)) {
                return Err(format!("the sets of entity {index} are not at most {SETS} dotted lower-case names"));
            }
            if entity.title.len() > TITLE || entity.title.chars().any(is_unprintable) {
                return Err(format!("the title of entity {index} is not one printable line of at most {TITLE} bytes"));
            }
        }
        let schema = (!is_builtin || cfg!(debug_assertions)).then(|| Schema::compile(&raw.settings_schema));
        let schema = schema.transpose().map_err(|why| format!("its settings schema {why}"))?;
        Ok(Description { name: raw.name, version: raw.version, entities: raw.entities, schema })
    }
}

fn is_dotted(name: &str) -> bool {
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    name.len() <= NAME && name.split('.').all(word)
}

fn is_version(version: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
    (1..=VERSION).contains(&version.len()) && version.bytes().all(allowed)
}

/// Control characters, and those that reorder or hide text on a terminal.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> RawDescription {
        let entity = |name: &str| Entity { name: name.into(), sets: vec!["personal".into()], title: "A badge".into() };
        RawDescription {
            name: "example.badge".into(),
            version: "1.0.0-rc.1+7".into(),
            settings_schema: "{}".into(),
            entities: vec![entity("example.badge"), entity("example.pass")],
        }
    }

    #[test]
    fn a_plain_description_passes() {
        assert_eq!(Description::check(raw(), false).unwrap().entities.len(), 2);
    }

    #[test]
    fn nothing_that_could_forge_a_report_passes() {
        let broken: [fn(&mut RawDescription); 9] = [
            |d| d.name = "Upper".into(),
            |d| d.name = "a..b".into(),
            |d| d.name = String::new(),
            |d| d.name = "a".repeat(NAME + 1),
            |d| d.version = "1\n".into(),
            |d| d.entities[1].name = d.entities[0].name.clone(),
            |d| d.entities[0].title = "\u{1b}[2Jgone".into(),
            |d| d.entities[0].title = "abc\u{202e}cba".into(),
            |d| d.settings_schema = "{".into(),
        ];
        for (case, breaks) in broken.iter().enumerate() {
            let mut said = raw();
            breaks(&mut said);
            assert!(Description::check(said, false).is_err(), "case {case}");
        }
    }
}
