//! What an officer asks. Pure: answers follow from policies and events that are handed in.

pub mod expect;
