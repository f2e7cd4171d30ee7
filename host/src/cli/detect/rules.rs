//! Rule sets, as the command line names them.

use std::path::Path;
use std::sync::Arc;

use crate::pipeline::StepError;
use crate::pipeline::entities::prepared;
use crate::plugin::{Entity, Grant, Host, Plugin};
use crate::policy::Plan;
use crate::policy::document::{self, Date};

use super::super::load::{self, Refused, Wanted};
use super::super::{Exit, stop};
use super::Threshold;
use super::finder::{Ask, Custom, Finder};

/// What rule sets are made with.
pub(super) struct Bench<'a> {
    pub(super) host: &'a Arc<Host>,
    /// What a detector without a policy looks for.
    pub(super) sets: &'a [String],
    pub(super) threshold: Threshold,
    /// Whether it finds values that documents use as examples.
    pub(super) examples: bool,
    /// What a policy is compiled for.
    pub(super) purpose: &'a str,
    pub(super) on: Date,
}

impl Bench<'_> {
    /// The rule set of a name: `built-in`, `set:NAME,…`, a component (`….wasm`) or a policy (`….toml`).
    ///
    /// # Errors
    ///
    /// How the command ends; the message was printed.
    fn rules(&self, name: &str) -> Result<Finder, Exit> {
        if name == "built-in" {
            return Ok(self.looking_for(self.built_in()?, self.sets.to_vec()));
        }
        if let Some(sets) = name.strip_prefix("set:") {
            let sets: Vec<_> = sets.split(',').map(|set| set.trim().to_owned()).collect();
            let finder = self.looking_for(self.built_in()?, sets.clone());
            return all_known(&sets, &[&finder]).map(|()| finder);
        }
        let path = Path::new(name);
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("wasm") => self.component(path),
            Some("toml") => self.policy(path),
            _ => {
                let help = "a rule set is `built-in`, `set:NAME,NAME`, a component of the detector (FILE.wasm) or a policy (FILE.toml)";
                Err(stop(Exit::Wrong, &format!("error: `{name}` names no rule set\nhelp: {help}")))
            }
        }
    }

    /// What the command line asks of the built-in detector.
    ///
    /// # Errors
    ///
    /// How the command ends; the message was printed.
    pub(super) fn asked(&self) -> Result<Finder, Exit> {
        let finder = self.looking_for(self.built_in()?, self.sets.to_vec());
        all_known(self.sets, &[&finder]).map(|()| finder)
    }

    /// Two rule sets.
    ///
    /// # Errors
    ///
    /// How the command ends; the message was printed.
    pub(super) fn both(&self, old: &str, new: &str) -> Result<[Finder; 2], Exit> {
        let both = [self.rules(old)?, self.rules(new)?];
        // A release may not know a set yet, but somebody has to.
        let built_in = self.looking_for(self.built_in()?, Vec::new());
        all_known(self.sets, &[&both[0], &both[1], &built_in]).map(|()| both)
    }

    fn built_in(&self) -> Result<Arc<Plugin>, Exit> {
        self.host.builtin("redact").map_err(|error| stop(Exit::Failed, &format!("error: {error}")))
    }

    /// What an older release does not know yet, it is not asked for.
    fn looking_for(&self, plugin: Arc<Plugin>, mut sets: Vec<String>) -> Finder {
        let entities = &plugin.description().entities;
        sets.retain(|set| entities.iter().any(|entity| entity.is_called(set)));
        let ask = Ask { find: sets, threshold: self.threshold, except: Vec::new(), examples: self.examples };
        Finder::new(self.host, plugin, Custom::default(), vec![ask])
    }

    fn component(&self, path: &Path) -> Result<Finder, Exit> {
        let wrong = |why: String| stop(Exit::Wrong, &format!("error: {}: {why}", path.display()));
        let plugin = self.host.load(path, &Grant::default()).map_err(|error| wrong(error.to_string()))?;
        let name = &plugin.description().name;
        if name != "redact" {
            return Err(wrong(format!(
                "it is `{name}`, and only a `redact` takes the settings of the built-in detector"
            )));
        }
        Ok(self.looking_for(plugin, self.sets.to_vec()))
    }

    /// All that the treatments of a policy look for, each with its own threshold and exceptions.
    fn policy(&self, path: &Path) -> Result<Finder, Exit> {
        let wanted = Wanted {
            policy: path,
            purpose: self.purpose,
            on: self.on,
            system: None,
            evidence: None,
            lists: None,
            exact: None,
            json: false,
        };
        let (plan, _) = load::plan(&wanted).map_err(Refused::say)?;
        let asks = plan.looked_for().into_iter().map(|found| Ask {
            find: found.find.clone(),
            threshold: Threshold::of(found.threshold as u32),
            except: found.except.clone(),
            examples: !found.except_examples,
        });
        let asks = asks.collect();
        let custom = custom(&plan).map_err(|error| stop(Exit::Wrong, &format!("error: {error}")))?;
        let finder = Finder::new(self.host, self.built_in()?, custom, asks);
        load::heard(&plan, finder.entities().iter().flat_map(Entity::names)).map_err(Refused::say)?;
        Ok(finder)
    }
}

/// The officer's own entities of a plan.
fn custom(plan: &Plan) -> Result<Custom, StepError> {
    let entity = |own: &document::Entity| Entity {
        name: own.name.value.clone(),
        sets: own.sets.iter().map(|set| set.value.clone()).collect(),
        title: own.title.clone(),
    };
    let entities = plan.entities.iter().map(entity).collect();
    Ok(Custom { entities, settings: plan.custom(), prepared: prepared(plan)? })
}

/// Whether every name is known to one of these.
fn all_known(names: &[String], finders: &[&Finder]) -> Result<(), Exit> {
    let unknown = names.iter().filter(|name| !finders.iter().any(|finder| finder.knows(name)));
    let unknown: Vec<_> = unknown.map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let text = format!("error: no entity or set is called {}; `--list` names them", unknown.join(", "));
    Err(stop(Exit::Wrong, &text))
}
