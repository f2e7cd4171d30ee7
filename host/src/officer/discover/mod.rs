//! What unknown events are: a profile of their places, a schema map drafted of it, and what drifted from one that is there.
//!
//! [`Profile`] looks at events and hands out [`Sample`]s for a detector; [`Words`] judges places by name, values and findings;
//! [`Draft`] writes a map; [`drift`](drift::drift) holds a profile against one. Nothing here ever shows a value.

mod draft;
pub mod drift;
mod judge;
mod keys;
mod phrases;
mod place;
mod profile;
mod shape;
mod walk;
mod words;

pub use draft::{Draft, Line, summary};
pub use judge::Judgement;
pub use place::{CONFIDENCES, Findings, Kinds, Place};
pub use profile::{FORMS_MAX, KEYS_MAX, PLACES_MAX, Profile, SAMPLE_BYTES, SAMPLES, Sample, Seen};
pub use shape::Shape;
pub use words::Words;
