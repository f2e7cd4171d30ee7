//! Exact lists that entities name: opened, or closed with what to supply.

use std::sync::Arc;

use super::Compiler;
use crate::policy::document::Entity;
use crate::policy::evidence::Closed;
use crate::policy::exact::{ExactError, ExactList, KEY_BYTES, Key, seal};

impl Compiler<'_> {
    /// Takes every list that an entity names. One that cannot be used keeps everything closed: without it values would leave
    /// that an officer believes hidden. Tests of policies have no list: what an entity gives as examples are its values.
    pub(super) fn exact(&mut self, closed: &mut Vec<Closed>) {
        for (layer, own) in self.layers.iter().flat_map(|layer| layer.entities.iter().map(move |own| (layer, own))) {
            let Some(name) = own.list().map(|name| &name.value) else { continue };
            let list = match self.request.exact.and_then(|lists| lists.get(name)) {
                Some(given) => given.clone().map_err(|error| (reason(name, &error), help(name, &error))),
                None if self.request.lenient => of_examples(own).map_err(|error| {
                    let help = "in tests of policies the examples of an entity are its values: give some".into();
                    (reason(name, &error), help)
                }),
                None if self.request.exact.is_none() => continue,
                None => Err((format!("there is no exact list `{name}`"), to_seal(name))),
            };
            match list {
                Ok(list) => drop(self.exact.insert(name.clone(), list)),
                Err((missing, help)) => {
                    closed.push(Closed { name: format!("{}.{}", layer.id.value, own.name.value), missing, help });
                }
            }
        }
    }
}

fn reason(name: &str, error: &ExactError) -> String {
    format!("the exact list `{name}` cannot be used: {error}")
}

/// What to supply in place of a list that cannot be used.
fn help(name: &str, error: &ExactError) -> String {
    match error {
        ExactError::NoKey => "give the key that it was sealed with: --key, or TAMIS_KEY_SOURCE".into(),
        ExactError::OtherKey => format!("give the --key that it was sealed with; or {}", to_seal(name)),
        _ => to_seal(name),
    }
}

fn to_seal(name: &str) -> String {
    format!(
        "seal it with `tamis list seal --policy FILE --name {name} --key file:… VALUES.txt`: it stands beside the tenant as \
         NAME.{name}.list, or is named with --exact-list {name}=FILE"
    )
}

/// A list of an entity's examples, under a key that is nobody's.
fn of_examples(own: &Entity) -> Result<Arc<ExactList>, ExactError> {
    let key = Key::new(&[0; KEY_BYTES]);
    let sealing = seal(own.examples.iter().map(|example| example.value.as_str()), &key);
    ExactList::open(&sealing.file, key).map(Arc::new)
}
