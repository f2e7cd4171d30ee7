//! Text → layers → plan. Pure: no files, no clock, no sandbox, no event.
//!
//! [`syntax`] reads files into [`document`]s, [`library`] gathers them, [`compile`](compile()) makes a [`Plan`] of the layers
//! that hold for one tenant, purpose, system and day, and [`Resolver`] answers what happens to a place of an event.
//!
//! INVARIANT (tightening): forms only join ([`form::Form::join`]); the one thing that lowers a form is an attribution floor.
//! INVARIANT (default deny): a category that no base decides, and a path that no map classifies, is dropped.

mod agreed;
mod chain;
mod compile;
pub mod decoded;
pub mod diagnostic;
pub mod document;
pub mod entity;
mod evidence;
pub mod exact;
mod extent;
mod failing;
pub mod form;
pub mod glob;
pub mod hours;
mod joined;
pub mod key;
mod known;
mod library;
mod maps;
mod now;
mod order;
pub mod part;
mod plan;
mod pool;
pub mod release;
mod resolve;
mod said;
mod standing;
pub mod syntax;
pub mod test_file;
mod vocabulary;

pub use chain::in_force;
pub use compile::{Fingerprint, Refusal, Request, compile, consider};
pub use evidence::{Agreed, Closed, fact_holds};
pub use extent::Extent;
pub use failing::Failing;
pub use joined::Apart;
pub use library::{Damage, Library};
pub use maps::{ATOMS_MAX, CompiledMap, Map, MapLabel, Maps, OwnField, Way, near, winners};
pub use plan::{Ask, HowLong, Plan, PlanPlugin, RuleId, RuleName, Scope, Test, Told};
pub use pool::Pool;
pub use resolve::{
    Action, CodeKey, Fields, Minimise, RedactField, Relevant, Resolver, Rewrite, Serves, Table, Tests, Treat, Verdict,
};
pub use said::{AtTimes, Settled, Shown};
pub use standing::Standing;
pub use vocabulary::{CategoryId, Vocabulary, family_has};
