//! The engine and its clock.

use super::engine_config::{Level, engine_config};
use super::limits::Limits;
use std::time::Duration;
use wasmtime::Engine;

/// How often the engine's clock ticks: the granularity of every deadline of a plugin.
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

/// Ticks that are at least `time`: one more than fit, since the current one has partly passed.
pub(super) fn ticks(time: Duration) -> u64 {
    let whole = time.as_millis().div_ceil(TICK.as_millis());
    u64::try_from(whole).unwrap_or(u64::MAX / 2).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_shorter_than_asked() {
        for ms in [0, 1, 9, 10, 11, 250, 1000] {
            let asked = Duration::from_millis(ms);
            // The running tick may end at once, so one tick is not worth its length.
            assert!(TICK * u32::try_from(ticks(asked) - 1).unwrap() >= asked);
        }
    }
}
