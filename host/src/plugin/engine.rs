//! The engine and its clock.

use super::engine_config::{Level, engine_config};
use super::limits::Limits;
use std::time::Duration;
use wasmtime::Engine;

/// How often the engine's clock ticks, at most: the granularity of every deadline of a plugin.
pub const TICK: Duration = Duration::from_millis(10);

/// Starts an engine, and the thread that ticks for it until the last user of the engine is gone.
pub(super) fn start(limits: &Limits) -> wasmtime::Result<Engine> {
    let mut config = engine_config(Level::Native, None)?;
    config.max_wasm_stack(limits.stack);
    let engine = Engine::new(&config)?;
    let weak = engine.weak();
    std::thread::Builder::new().name("tamis-plugin-clock".into()).spawn(move || {
        // Sleeping anew after every tick never makes up for missed ones: a stalled machine
        // does not burst through the deadlines of everyone at once.
        loop {
            std::thread::sleep(TICK);
            match weak.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    })?;
    Ok(engine)
}
