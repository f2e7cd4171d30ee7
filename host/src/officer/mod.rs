//! What an officer asks. Pure: answers follow from policies and events that are handed in.

pub mod check;
pub mod compare;
pub mod condition;
pub mod decision;
pub mod discover;
pub mod due;
pub mod expect;
pub mod explain;
mod html;
pub mod json_schema;
mod markdown;
pub mod notice;
pub mod page;
pub mod phrase;
pub mod ran;
pub mod report;
pub mod taxonomy;
