//! `tamis plugin build`: makes a component of a Rust crate that was written against `wit/`.
//!
//! Equal sources give equal bytes, wherever they lie and whoever builds them with the same toolchain: paths are mapped,
//! code is generated in one unit, and sections that tell about the build are left out. So the built-in plugins in
//! `guest-plugins/prebuilt` can be made again and compared.

use crate::plugin::{Grant, Host, Limits, LoadError};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fmt, fs, io};
use wit_component::ComponentEncoder;

const TARGET: &str = "wasm32-unknown-unknown";

/// Why there is no component. Says what to install or change.
#[derive(Debug)]
pub enum BuildError {
    /// The directory holds no crate that makes a library for linking (`cdylib`).
    NoCrate {
        /// What is missing.
        why: String,
    },
    /// No toolchain here can compile to WebAssembly.
    NoToolchain,
    /// The compiler's own messages were printed.
    Compile,
    /// The module cannot be made a component.
    Encode {
        /// What the encoder says.
        why: String,
    },
    /// It is a component, but not one that a host would load.
    NotAdmitted(LoadError),
    /// A file or program could not be used.
    Io {
        /// What was being done.
        what: String,
        /// How it failed.
        error: io::Error,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NoCrate { why } => {
                write!(f, "{why}: a plugin is a crate with `crate-type = [\"cdylib\"]` under `[lib]` in its Cargo.toml")
            }
            BuildError::NoToolchain => write!(
                f,
                "no toolchain here compiles Rust to WebAssembly: run `rustup target add {TARGET}`, or on Debian \
                 `apt-get install rustc-web cargo-web rust-web-src lld-19`"
            ),
            BuildError::Compile => f.write_str("the crate does not compile for WebAssembly, see above"),
            BuildError::Encode { why } => write!(
                f,
                "the module cannot be made a component: {why}; export the functions of one world of `wit/`, for example \
                 with `tamis-plugin-sdk`"
            ),
            BuildError::NotAdmitted(error) => write!(f, "the component was built, but no host would load it: {error}"),
            BuildError::Io { what, error } => write!(f, "{what}: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildError::NotAdmitted(error) => Some(error),
            BuildError::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

fn io_error(what: impl Into<String>) -> impl FnOnce(io::Error) -> BuildError {
    move |error| BuildError::Io { what: what.into(), error }
}

/// Builds the crate in `dir`, wraps it as a component, loads it as a host would, and writes it to `out`; without `out`,
/// to `plugin/NAME.wasm` in the crate's target directory. Gives the file's path. The compiler prints to standard error.
///
/// # Errors
/// Why there is no component.
pub fn build(dir: &Path, out: Option<&Path>) -> Result<PathBuf, BuildError> {
    let dir = dir.canonicalize().map_err(io_error(format!("{}", dir.display())))?;
    let toolchain = Toolchain::find().ok_or(BuildError::NoToolchain)?;
    let guest = Guest::find(&toolchain, &dir)?;
    let core = compile(&toolchain, &guest, &dir)?;
    let component = encode(&core)?;
    Host::new(Limits::default(), None)
        .map_err(io_error("the plugin host does not start"))?
        .load_bytes(&component, &Grant::default())
        .map_err(BuildError::NotAdmitted)?;
    let out =
        out.map_or_else(|| guest.target_dir.join("plugin").join(&guest.package).with_extension("wasm"), Path::to_owned);
    if let Some(parent) = out.parent() {
        fs::create_dir_all(parent).map_err(io_error(format!("{}", parent.display())))?;
    }
    fs::write(&out, component).map_err(io_error(format!("{}", out.display())))?;
    Ok(out)
}

/// A compiler for the target, with its cargo.
struct Toolchain {
    rustc: PathBuf,
    cargo: PathBuf,
    /// The standard library is compiled too, from the sources beside the compiler.
    from_source: bool,
    /// Where the compiler brings none of its own.
    linker: Option<PathBuf>,
}

impl Toolchain {
    /// The active toolchain if it has the target, else the system's.
    fn find() -> Option<Toolchain> {
        let named = |name: &str, default: &str| PathBuf::from(env::var_os(name).unwrap_or_else(|| default.into()));
        let (rustc, cargo) = (named("RUSTC", "rustc"), named("CARGO", "cargo"));
        if has_target(&rustc) {
            return Some(Toolchain { rustc, cargo, from_source: false, linker: None });
        }
        let bin = Path::new("/usr/bin");
        let (rustc, cargo) = (bin.join("rustc"), bin.join("cargo"));
        let linker = newest_linker(bin)?;
        let from_source = !has_target(&rustc);
        let sources = sysroot(&rustc)?.join("lib/rustlib/src/rust/library/Cargo.toml");
        let complete = cargo.exists() && (!from_source || sources.exists());
        complete.then_some(Toolchain { rustc, cargo, from_source, linker: Some(linker) })
    }

    /// The toolchain's cargo, shielded from settings of the environment that would change what is built.
    fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.env("RUSTC", &self.rustc);
        for name in
            ["RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER"]
        {
            command.env_remove(name);
        }
        if self.from_source {
            // Compiling the standard library asks for a switch that stable compilers have but hide.
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }
}

fn has_target(rustc: &Path) -> bool {
    let args = ["--print", "target-libdir", "--target", TARGET];
    printed(rustc, &args).is_some_and(|dir| {
        let is_std = |file: fs::DirEntry| file.file_name().as_encoded_bytes().starts_with(b"libstd-");
        let holds_std = |entry: io::Result<fs::DirEntry>| entry.is_ok_and(is_std);
        fs::read_dir(dir).is_ok_and(|mut entries| entries.any(holds_std))
    })
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    printed(rustc, &["--print", "sysroot"])
}

/// The path that a compiler prints.
fn printed(rustc: &Path, args: &[&str]) -> Option<PathBuf> {
    let output = Command::new(rustc).args(args).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| PathBuf::from(text.trim()))
}

/// `wasm-ld`, or the highest `wasm-ld-N`.
fn newest_linker(bin: &Path) -> Option<PathBuf> {
    let plain = bin.join("wasm-ld");
    if plain.exists() {
        return Some(plain);
    }
    let version = |entry: io::Result<fs::DirEntry>| -> Option<u32> {
        entry.ok()?.file_name().to_str()?.strip_prefix("wasm-ld-")?.parse().ok()
    };
    let newest = fs::read_dir(bin).ok()?.filter_map(version).max()?;
    Some(bin.join(format!("wasm-ld-{newest}")))
}

/// The crate, as cargo sees it.
struct Guest {
    package: String,
    library: String,
    workspace: PathBuf,
    target_dir: PathBuf,
}

impl Guest {
    fn find(toolchain: &Toolchain, dir: &Path) -> Result<Guest, BuildError> {
        let manifest = dir.join("Cargo.toml");
        let no_crate = |why: &str| BuildError::NoCrate { why: format!("{}: {why}", manifest.display()) };
        if !manifest.exists() {
            return Err(no_crate("there is no such file"));
        }
        let output = toolchain
            .cargo()
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(&manifest)
            .stderr(Stdio::inherit())
            .output()
            .map_err(io_error("cargo does not start"))?;
        let metadata: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(|_| no_crate("cargo does not accept it, see above"))?;
        let path = |name: &str| metadata[name].as_str().map(PathBuf::from);
        let packages = metadata["packages"].as_array().map_or(&[] as &[_], Vec::as_slice);
        let package = packages
            .iter()
            .find(|p| p["manifest_path"].as_str().map(Path::new) == Some(&manifest))
            .ok_or_else(|| no_crate("it is a workspace without a package of its own"))?;
        let is_cdylib = |t: &&serde_json::Value| {
            t["crate_types"].as_array().is_some_and(|types| types.iter().any(|c| c == "cdylib"))
        };
        let library = package["targets"].as_array().and_then(|targets| targets.iter().find(is_cdylib));
        let name = |value: &serde_json::Value| value["name"].as_str().map(str::to_owned);
        let (Some(workspace), Some(target_dir), Some(package_name)) =
            (path("workspace_root"), path("target_directory"), name(package))
        else {
            return Err(no_crate("cargo does not say where it is built"));
        };
        let library = library.and_then(name).ok_or_else(|| no_crate("it makes no library of type `cdylib`"))?;
        Ok(Guest { package: package_name, library: library.replace('-', "_"), workspace, target_dir })
    }
}

/// Compiles to a core module.
fn compile(toolchain: &Toolchain, guest: &Guest, dir: &Path) -> Result<Vec<u8>, BuildError> {
    // A directory of its own: flags differ from those of other builds of the workspace.
    let target_dir = guest.target_dir.join("plugin-build");
    let mut command = toolchain.cargo();
    command
        .current_dir(dir)
        .args(["build", "--release", "--lib", "--target", TARGET, "--package", &guest.package, "--target-dir"])
        .arg(&target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(toolchain, guest))
        .env("CARGO_INCREMENTAL", "0");
    for (name, value) in
        [("OPT_LEVEL", "3"), ("LTO", "fat"), ("CODEGEN_UNITS", "1"), ("PANIC", "abort"), ("DEBUG", "false")]
    {
        command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    if guest.workspace.join("Cargo.lock").exists() {
        command.arg("--locked");
    }
    if toolchain.from_source {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    if let Some(linker) = &toolchain.linker {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    let status = command.stdin(Stdio::null()).status().map_err(io_error("cargo does not start"))?;
    if !status.success() {
        return Err(BuildError::Compile);
    }
    let module = target_dir.join(TARGET).join("release").join(&guest.library).with_extension("wasm");
    fs::read(&module).map_err(io_error(format!("{}", module.display())))
}

/// The compiler's flags, in cargo's encoding: SIMD on, and no path of this machine in the output.
fn flags(toolchain: &Toolchain, guest: &Guest) -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+simd128");
    let beside_home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(beside_home);
    let places =
        [(Some(guest.workspace.clone()), "/plugin"), (cargo_home, "/cargo"), (sysroot(&toolchain.rustc), "/rust")];
    for (place, name) in places {
        if let Some(place) = place {
            flags.push("\u{1f}--remap-path-prefix=");
            flags.push(place);
            flags.push(format!("={name}"));
        }
    }
    flags
}

/// Makes a component of a module, without anything about who built it.
fn encode(core: &[u8]) -> Result<Vec<u8>, BuildError> {
    let bare = strip(core).ok_or_else(|| BuildError::Encode { why: "it is not a WebAssembly module".to_owned() })?;
    let encoded = ComponentEncoder::default().validate(true).module(&bare).and_then(|mut encoder| encoder.encode());
    encoded.map_err(|error| BuildError::Encode { why: format!("{error:#}") })
}

/// A module without its custom sections, except those that say which world it is for.
fn strip(module: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(8)?;
    let mut bare = header.to_vec();
    while let Some((&id, body)) = rest.split_first() {
        let (len, body) = leb(body)?;
        let (content, after) = body.split_at_checked(len)?;
        let section = &rest[..rest.len() - after.len()];
        let keep = id != 0 || {
            let (len, name) = leb(content)?;
            name.get(..len)?.starts_with(b"component-type")
        };
        if keep {
            bare.extend_from_slice(section);
        }
        rest = after;
    }
    Some(bare)
}

/// A length of 32 bits in LEB128, and what follows it.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_the_world_stays_of_custom_sections() {
        let text = r#"(module (func (export "f"))
            (@custom "producers" "x") (@custom "name" "y") (@custom "component-type:w" "z"))"#;
        let module = wat::parse_str(text).unwrap();
        let bare = strip(&module).unwrap();
        let expected = wat::parse_str(r#"(module (func (export "f")) (@custom "component-type:w" "z"))"#).unwrap();
        assert_eq!(bare, expected);
        for cut in 9..module.len() {
            // Never a panic, whatever the bytes.
            let _ = strip(&module[..cut]);
        }
        assert_eq!(strip(b"\0asm\x01\0\0\0\x00\xff\xff\xff\xff\xff\xff"), None);
    }

    #[test]
    fn a_directory_without_a_plugin_is_explained() {
        let dir = env::temp_dir().join(format!("tamis-no-plugin-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        if Toolchain::find().is_some() {
            let error = build(&dir, None).unwrap_err().to_string();
            assert!(error.contains("cdylib"), "{error}");
        }
        fs::remove_dir_all(dir).unwrap();
        assert!(BuildError::NoToolchain.to_string().contains("rustup target add wasm32-unknown-unknown"));
    }
}
