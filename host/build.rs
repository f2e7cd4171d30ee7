//! Compiles the built-in plugins to machine code, so that the binary holds them ready to run.
//!
//! Input: `guest-plugins/prebuilt/{redact,mask,minimize}.wasm`, components that `tamis plugin build` made of the crates
//! beside them. Output: `builtins.rs` and the code it includes. The engine's configuration is the host's own file, and
//! wasmtime the same version, so that the host accepts the code; it checks both when it loads it.

#[path = "src/plugin/engine_config.rs"]
mod engine_config;

use engine_config::{Level, engine_config};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};
use wasmtime::Engine;

/// The built-ins, and whether each is a detector.
const BUILTINS: [(&str, bool); 3] = [("redact", true), ("mask", false), ("minimize", false)];

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let target = env::var("TARGET")?;
    let prebuilt = manifest.join("../guest-plugins/prebuilt");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/plugin/engine_config.rs");

    let levels: &[Level] = match env::var("CARGO_CFG_TARGET_ARCH")?.as_str() {
        "x86_64" => &[Level::V3, Level::Baseline],
        _ => &[Level::Baseline],
    };
    let engines = levels
        .iter()
        .map(|&level| Ok((level, Engine::new(&engine_config(level, Some(&target))?)?)))
        .collect::<wasmtime::Result<Vec<_>>>()?;

    let mut source = format!("static BUILTINS: [Builtin; {}] = [\n", BUILTINS.len());
    for (name, is_detector) in BUILTINS {
        let path = prebuilt.join(name).with_extension("wasm");
        println!("cargo::rerun-if-changed={}", path.display());
        let component = read(&path, name)?;
        let digest: [u8; 32] = Sha256::digest(&component).into();
        write!(source, "Builtin {{ name: {name:?}, is_detector: {is_detector}, digest: {digest:?}, code: &[")?;
        for (level, engine) in &engines {
            let code = engine.precompile_component(&component)?;
            let file = out.join(format!("{name}.{level:?}.cwasm"));
            fs::write(&file, code)?;
            write!(source, "(Level::{level:?}, &Paged(*include_bytes!({file:?})).0), ")?;
        }
        source.push_str("], is_taken: AtomicBool::new(false) },\n");
    }
    source.push_str("];\n");
    fs::write(out.join("builtins.rs"), source)?;
    Ok(())
}

fn read(path: &Path, name: &str) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| {
        format!(
            "{}: {error}\n\
             the built-in plugin `{name}` is not there as a component. It is part of the repository; to make it anew \
             run, with any build of tamis:\n\
             tamis plugin build guest-plugins/{name} --output guest-plugins/prebuilt/{name}.wasm",
            path.display()
        )
    })
}
