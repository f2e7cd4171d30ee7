//! The engine and its clock.

use super::engine_config::{Level, engine_config};
use super::limits::Limits;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::{CustomCodeMemory, Engine};

/// How often the engine's clock ticks, at most: the granularity of every deadline of a plugin.
pub const TICK: Duration = Duration::from_millis(10);

/// Starts an engine, and the thread that ticks for it until the last user of the engine is gone.
pub(super) fn start(limits: &Limits) -> wasmtime::Result<Engine> {
    let mut config = engine_config(Level::Native, None)?;
    config.max_wasm_stack(limits.stack);
    // Elsewhere there is more to making code executable.
    if cfg!(target_arch = "x86_64") {
        config.with_custom_code_memory(Some(Arc::new(InPlace)));
    }
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

/// Makes code executable wherever it lies. By itself wasmtime does so only in memory that it got from the kernel, and the
/// built-ins' code is part of this binary.
struct InPlace;

/// Bytes of a page.
const PAGE: usize = 4096;

impl CustomCodeMemory for InPlace {
    fn required_alignment(&self) -> usize {
        PAGE
    }

    fn publish_executable(&self, ptr: *const u8, len: usize) -> wasmtime::Result<()> {
        protect(ptr, len, libc::PROT_READ | libc::PROT_EXEC)
    }

    fn unpublish_executable(&self, ptr: *const u8, len: usize) -> wasmtime::Result<()> {
        // What cannot be taken back stays, as what it is: nobody runs it any more.
        let _ = protect(ptr, len, libc::PROT_READ);
        Ok(())
    }
}

/// Never lets pages be written to.
fn protect(ptr: *const u8, len: usize, rights: libc::c_int) -> wasmtime::Result<()> {
    // SAFETY: wasmtime gives whole pages with code alone, which it only reads from here on, and takes the right to run them away
    // when nothing runs there any more.
    let done = unsafe { libc::mprotect(ptr.cast_mut().cast(), len, rights) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error().into()) }
}
