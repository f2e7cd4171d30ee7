//! Write a Tamis plugin in Rust.
//!
//! A plugin is a *detector*, which finds spans and leaves the rest to the host, or a *transformer*, which answers
//! with sparse edits. It sees *columns*: the values of the fields it was granted, never a whole event, a key, a clock
//! or a file. Implement [`Detector`] or [`Transformer`], name the type in [`export_detector!`] or
//! [`export_transformer!`], and build a `cdylib` for `wasm32-unknown-unknown`; the component imports no function.
//!
//! ```
//! use tamis_plugin_sdk::{Column, Description, Detector, Entity, Failure, Finding};
//!
//! /// Finds the word `Kestrel`.
//! struct Kestrel;
//!
//! impl Detector for Kestrel {
//!     fn describe() -> Description {
//!         let entity = Entity::new("example.project", &["personal"], "Name of a project");
//!         Description::new("kestrel", "1.0.0", r#"{"type":"object"}"#).with(entity)
//!     }
//!
//!     fn configure(_settings: &str, _prepared: &[Vec<u8>]) -> Result<Self, Failure> {
//!         Ok(Kestrel)
//!     }
//!
//!     fn scan(&mut self, columns: &[Column]) -> Result<Vec<Finding>, Failure> {
//!         let mut found = Vec::new();
//!         for (column, rows) in (0..).zip(columns) {
//!             for row in rows.rows()? {
//!                 for (start, word) in row.text.match_indices("Kestrel") {
//!                     let range = start..start + word.len();
//!                     found.push(Finding::new(column, row.number, range, 0, tamis_plugin_sdk::Confidence::Certain));
//!                 }
//!             }
//!         }
//!         Ok(found)
//!     }
//! }
//! tamis_plugin_sdk::export_detector!(Kestrel);
//!
//! // The same code runs natively, so that a plugin is tested like any crate.
//! let column = Column::of(0, ["ask Kestrel", "nothing"]);
//! let found = Kestrel.scan(&[column]).unwrap();
//! assert_eq!((found[0].row, found[0].start..found[0].end), (0, 4..11));
//! ```
//!
//! Rules a plugin can rely on, and must keep:
//! - `configure` comes first, once; its settings are valid by the JSON Schema that `describe` gave.
//! - One failed call fails no other; the host narrows a failure down to the events that cause it.
//! - A failure is a number. Text could carry a value out, so there is no text; a panic is a failed call.
//! - Nothing may be remembered from one call to the next that changes an answer.

pub mod block;
pub mod bytes;
pub mod characters;
mod column;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod component;
mod edits;
pub mod file_name;
mod plugin;

pub use column::{Column, Row, Rows};
pub use edits::{Answer, Edit, Edits};
pub use plugin::{Confidence, Description, Detector, Entity, Failure, Finding, Transformer};

/// Makes a [`Detector`] the component's exports. Does nothing outside `wasm32`, where a plugin is a plain crate.
#[macro_export]
macro_rules! export_detector {
    ($plugin:ty) => {
        $crate::export_world!($plugin, Detector, "component-type:tamis-detector", DETECTOR);
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::component::{Configured, List, RawColumn, Scanned};
            #[unsafe(export_name = "configure")]
            unsafe extern "C" fn configure(
                settings: *mut u8,
                length: usize,
                prepared: *mut List<u8>,
                count: usize,
            ) -> *const Configured {
                unsafe { $crate::component::start_detector(&PLUGIN, (settings, length), (prepared, count)) }
            }
            #[unsafe(export_name = "scan")]
            unsafe extern "C" fn scan(columns: *mut RawColumn, count: usize) -> *mut Scanned {
                unsafe { $crate::component::scan(&PLUGIN, columns, count) }
            }
            #[unsafe(export_name = "cabi_post_scan")]
            unsafe extern "C" fn end_scan(answer: *mut Scanned) {
                unsafe { $crate::component::end_scan(answer) }
            }
        };
    };
}

/// Makes a [`Transformer`] the component's exports. Does nothing outside `wasm32`, where a plugin is a plain crate.
#[macro_export]
macro_rules! export_transformer {
    ($plugin:ty) => {
        $crate::export_world!($plugin, Transformer, "component-type:tamis-transformer", TRANSFORMER);
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::component::{Configured, RawColumn, Transformed};
            #[unsafe(export_name = "configure")]
            unsafe extern "C" fn configure(settings: *mut u8, length: usize) -> *const Configured {
                unsafe { $crate::component::start_transformer(&PLUGIN, settings, length) }
            }
            #[unsafe(export_name = "transform")]
            unsafe extern "C" fn transform(columns: *mut RawColumn, count: usize) -> *mut Transformed {
                unsafe { $crate::component::transform(&PLUGIN, columns, count) }
            }
            #[unsafe(export_name = "cabi_post_transform")]
            unsafe extern "C" fn end_transform(answer: *mut Transformed) {
                unsafe { $crate::component::end_transform(answer) }
            }
        };
    };
}

/// What both worlds have: the plugin's place, `describe`, memory for the host, and the world itself for who makes a component.
#[doc(hidden)]
#[macro_export]
macro_rules! export_world {
    ($plugin:ty, $kind:ident, $section:literal, $world:ident) => {
        #[cfg(target_arch = "wasm32")]
        ::std::thread_local! {
            static PLUGIN: $crate::component::State<$plugin> = const { $crate::component::State::new(None) };
        }
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            #[unsafe(link_section = $section)]
            #[used]
            static WORLD: [u8; $crate::component::$world.len()] = *$crate::component::$world;
            #[unsafe(export_name = "describe")]
            extern "C" fn describe() -> *const $crate::component::RawDescription {
                $crate::component::describe(<$plugin as $crate::$kind>::describe())
            }
            #[unsafe(export_name = "cabi_realloc")]
            unsafe extern "C" fn realloc(old: *mut u8, old_len: usize, align: usize, new_len: usize) -> *mut u8 {
                unsafe { $crate::component::realloc(old, old_len, align, new_len) }
            }
        };
    };
}
