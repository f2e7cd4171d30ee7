//! The plugins inside the binary: ordinary components, compiled when the binary was built.

use super::engine_config::Level;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A built-in as the build script left it.
pub(super) struct Builtin {
    pub(super) name: &'static str,
    pub(super) is_detector: bool,
    /// SHA-256 of the component that was compiled.
    pub(super) digest: [u8; 32],
    /// Machine code for each level, the most demanding first; always with one for `Level::Baseline`.
    code: &'static [(Level, &'static [u8])],
    /// An engine runs it where it lies.
    is_taken: AtomicBool,
}

/// Bytes that begin with a page.
#[repr(C, align(4096))]
struct Paged<const N: usize>([u8; N]);

include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// All built-ins, by name.
pub(super) fn all() -> &'static [Builtin] {
    &BUILTINS
}

/// Loads a built-in's machine code for this processor.
///
/// # Errors
/// When the processor is none that the binary was built for.
pub(super) fn load(engine: &Engine, builtin: &'static Builtin) -> wasmtime::Result<Component> {
    let code = builtin.code.iter().find(|(level, _)| supports(*level)).map_or(&[] as &[u8], |&(_, code)| code);
    // Copying megabytes takes longer than all else here. Only once: the unwinder knows code by its place, and the first engine
    // to end takes the right to run it away.
    if cfg!(target_arch = "x86_64") && !builtin.is_taken.swap(true, Ordering::Relaxed) {
        // SAFETY: as below; and the code begins with a page (`Paged`), is never written and lives as long as the process.
        let in_place = unsafe { Component::deserialize_raw(engine, NonNull::from(code)) };
        // A system that measures what it runs may refuse more of the binary's own pages: then memory of its own is asked for.
        if in_place.is_ok() {
            return in_place;
        }
    }
    // SAFETY: the bytes are what `host/build.rs` got from `Engine::precompile_component` with this very configuration
    // (`engine_config`), and are part of this binary's read-only data: nobody else has had a hand in them.
    unsafe { Component::deserialize(engine, code) }
}

#[cfg(target_arch = "x86_64")]
fn supports(level: Level) -> bool {
    use std::arch::is_x86_feature_detected as has;
    match level {
        Level::V3 => {
            has!("sse3")
                && has!("ssse3")
                && has!("sse4.1")
                && has!("sse4.2")
                && has!("popcnt")
                && has!("avx")
                && has!("avx2")
                && has!("fma")
                && has!("bmi1")
                && has!("bmi2")
                && has!("lzcnt")
        }
        Level::Baseline | Level::Native => true,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn supports(level: Level) -> bool {
    level != Level::V3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::engine;
    use crate::plugin::limits::Limits;

    #[test]
    fn every_built_in_loads_at_every_level_of_this_processor() {
        let engine = engine::start(&Limits::default()).unwrap();
        for builtin in all() {
            assert_eq!(builtin.code.last().map(|(level, _)| *level), Some(Level::Baseline));
            for (level, code) in builtin.code.iter().filter(|(level, _)| supports(*level)) {
                // SAFETY: as in `load`.
                let loaded = unsafe { Component::deserialize(&engine, code) };
                assert!(loaded.is_ok(), "{} {level:?}", builtin.name);
            }
        }
    }
}
