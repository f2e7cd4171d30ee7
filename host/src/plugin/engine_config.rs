//! How components are compiled. Compiled by the build script too (`host/build.rs`), so that what it precompiles is
//! what the running engine accepts: it names nothing but `wasmtime`.

use wasmtime::{Config, Strategy};

/// What a compiled built-in asks of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "the build script and the host use different variants")]
pub(crate) enum Level {
    /// The machine that compiles.
    Native,
    /// Any machine of the architecture.
    Baseline,
    /// The level x86-64-v3 (AVX2, FMA, BMI): most servers since 2015.
    V3,
}

/// The one configuration of the engine.
///
/// - Cranelift only; interruption by epoch; no async, no host stacks of our own.
/// - WebAssembly without what plugins do not need: no threads, shared memory, GC, exceptions, 64-bit memory, tail
///   calls, several memories in a module, custom pages.
/// - Equal bytes on every machine: relaxed SIMD off, NaNs canonical.
///
/// `target` names the platform to compile for, where it is not this one.
///
/// # Errors
/// When `target` is a platform that Cranelift does not compile for.
pub(crate) fn engine_config(level: Level, target: Option<&str>) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    if let Some(target) = target {
        config.target(target)?;
    }
    config.strategy(Strategy::Cranelift);
    config.epoch_interruption(true);
    config.concurrency_support(false);
    config.cranelift_nan_canonicalization(true);
    // A backtrace would name functions of the guest; nothing reads it.
    config.wasm_backtrace_max_frames(None);

    config.wasm_simd(true);
    config.wasm_relaxed_simd(false);
    config.wasm_memory64(false);
    config.wasm_multi_memory(false);
    config.wasm_tail_call(false);
    config.wasm_custom_page_sizes(false);
    config.wasm_wide_arithmetic(false);
    config.wasm_stack_switching(false);
    config.shared_memory(false);
    config.gc_support(false);

    if level == Level::V3 {
        for flag in V3_FLAGS {
            // SAFETY: code compiled with these runs only where `supports_v3` found every one of them; the engine
            // checks the same list again when it loads the code.
            unsafe { config.cranelift_flag_enable(flag) };
        }
    }
    Ok(config)
}

const V3_FLAGS: [&str; 11] = [
    "has_sse3",
    "has_ssse3",
    "has_sse41",
    "has_sse42",
    "has_popcnt",
    "has_avx",
    "has_avx2",
    "has_fma",
    "has_bmi1",
    "has_bmi2",
    "has_lzcnt",
];
