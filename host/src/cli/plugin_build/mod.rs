//! `tamis plugin build`: makes a component of a Rust crate that was written against `wit/`.
//!
//! Equal sources give equal bytes, wherever they lie and whoever builds them with the same toolchain: paths are mapped,
//! code is generated in one unit, and sections that tell about the build are left out. So the built-in plugins in
//! `guest-plugins/prebuilt` can be made again and compared. It holds for a crate whose path dependencies are members
//! of its workspace: cargo names others by where they lie.

mod module;
mod toolchain;

use crate::plugin::{Grant, Host, Limits, LoadError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fmt, fs, io};
use toolchain::{TARGET, Toolchain};

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

/// The name of the toolchain that [`build`] would use here. Equal names and equal sources give equal bytes.
///
/// # Errors
/// There is none.
pub fn toolchain() -> Result<String, BuildError> {
    Toolchain::find().and_then(|toolchain| toolchain.identity()).ok_or(BuildError::NoToolchain)
}

/// What was built.
pub struct Built {
    /// Where the component is.
    pub component: PathBuf,
    /// What decided its bytes beside the sources.
    pub toolchain: String,
}

/// Builds the crate in `dir`, wraps it as a component, loads it as a host would, and writes it to `out`; without `out`,
/// to `plugin/NAME.wasm` in the crate's target directory. The compiler prints to standard error.
///
/// # Errors
/// Why there is no component.
pub fn build(dir: &Path, out: Option<&Path>) -> Result<Built, BuildError> {
    let dir = dir.canonicalize().map_err(io_error(format!("{}", dir.display())))?;
    let toolchain = Toolchain::find().ok_or(BuildError::NoToolchain)?;
    let identity = toolchain.identity().ok_or(BuildError::NoToolchain)?;
    let guest = Guest::find(&toolchain, &dir)?;
    let core = compile(&toolchain, &guest, &dir)?;
    let component = module::encode(&core)?;
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
    Ok(Built { component: out, toolchain: identity })
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
    // The flags name the places of dependencies, so these have to be there first.
    run(fetch(toolchain, dir))?;
    // A directory of its own: flags differ from those of other builds of the workspace.
    let target_dir = guest.target_dir.join("plugin-build");
    let mut command = build_command(toolchain, guest, dir);
    command.arg("--target-dir").arg(&target_dir).env("CARGO_ENCODED_RUSTFLAGS", toolchain.flags(&guest.workspace));
    run(command)?;
    let module = target_dir.join(TARGET).join("release").join(&guest.library).with_extension("wasm");
    fs::read(&module).map_err(io_error(format!("{}", module.display())))
}

fn run(mut command: Command) -> Result<(), BuildError> {
    let status = command.stdin(Stdio::null()).status().map_err(io_error("cargo does not start"))?;
    if status.success() { Ok(()) } else { Err(BuildError::Compile) }
}

/// It may bring the lock file up to date, since that names the plugin's own version: what is locked stays as it is.
fn fetch(toolchain: &Toolchain, dir: &Path) -> Command {
    let mut command = subcommand("fetch", toolchain, dir);
    command.arg("--quiet");
    command
}

fn build_command(toolchain: &Toolchain, guest: &Guest, dir: &Path) -> Command {
    let mut command = subcommand("build", toolchain, dir);
    command.args(["--locked", "--release", "--lib", "--package", &guest.package]).env("CARGO_INCREMENTAL", "0");
    // What macros and build scripts are compiled with does not reach the output.
    command.env("CARGO_PROFILE_RELEASE_BUILD_OVERRIDE_OPT_LEVEL", "0");
    for (name, value) in
        [("OPT_LEVEL", "3"), ("LTO", "fat"), ("CODEGEN_UNITS", "1"), ("PANIC", "abort"), ("DEBUG", "false")]
    {
        command.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
    }
    if let Some(linker) = &toolchain.linker {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    command
}

/// A command of cargo for the target; with the standard library where that is built too.
fn subcommand(name: &str, toolchain: &Toolchain, dir: &Path) -> Command {
    let mut command = toolchain.cargo();
    command.current_dir(dir).args([name, "--target", TARGET]);
    if toolchain.from_source {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env;

    #[test]
    fn a_directory_without_a_plugin_is_explained() {
        let dir = env::temp_dir().join(format!("tamis-no-plugin-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        if Toolchain::find().is_some() {
            let error = build(&dir, None).map(|built| built.component).unwrap_err().to_string();
            assert!(error.contains("cdylib"), "{error}");
        }
        fs::remove_dir_all(dir).unwrap();
        assert!(BuildError::NoToolchain.to_string().contains("rustup target add wasm32-unknown-unknown"));
    }

    /// What a command is told: arguments and environment as one text.
    fn told(command: &Command) -> String {
        let args = command.get_args().map(|arg| arg.to_string_lossy().into_owned());
        let value = |value: Option<&std::ffi::OsStr>| value.unwrap_or_default().to_string_lossy().into_owned();
        let envs = command.get_envs().map(|(name, set)| format!("{}={}", name.to_string_lossy(), value(set)));
        args.chain(envs).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_toolchain_is_told_what_it_needs() {
        let dir = tempfile::tempdir().unwrap();
        let guest = Guest {
            package: "p".into(),
            library: "p".into(),
            workspace: dir.path().to_owned(),
            target_dir: dir.path().join("target"),
        };
        for from_source in [false, true] {
            let toolchain =
                Toolchain::of("rustc", "cargo", from_source, from_source.then(|| "/usr/bin/wasm-ld-19".into()));
            let build = told(&build_command(&toolchain, &guest, dir.path()));
            assert!(build.starts_with("build --target wasm32-unknown-unknown "), "{build}");
            for always in [
                "--locked",
                "--release",
                "--lib",
                "--package p",
                "CODEGEN_UNITS=1",
                "LTO=fat",
                "PANIC=abort",
                "RUSTC=rustc",
            ] {
                assert!(build.contains(always), "{always}: {build}");
            }
            for own in ["-Zbuild-std=std,panic_abort", "RUSTC_BOOTSTRAP=1", "UNKNOWN_LINKER=/usr/bin/wasm-ld-19"] {
                assert_eq!(build.contains(own), from_source, "{own}: {build}");
            }
            assert_eq!(told(&fetch(&toolchain, dir.path())).contains("-Zbuild-std"), from_source);
        }
    }

    /// The lock file names the plugin's own version: that of the last build must not stop the next.
    #[test]
    fn a_new_version_is_built_with_the_lock_file_of_the_old_one() {
        let Some(toolchain) = Toolchain::find() else { return };
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("src")).unwrap();
        fs::write(dir.path().join("src/lib.rs"), "").unwrap();
        for version in ["0.1.0", "0.2.0"] {
            let manifest = format!(
                "[package]\nname = \"p\"\nversion = \"{version}\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n"
            );
            fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
            run(fetch(&toolchain, dir.path())).unwrap();
            let mut locked = toolchain.cargo();
            locked
                .current_dir(dir.path())
                .args(["metadata", "--locked", "--format-version", "1"])
                .stdout(Stdio::null());
            run(locked).unwrap();
            let lock = fs::read_to_string(dir.path().join("Cargo.lock")).unwrap();
            assert!(lock.contains(version), "{lock}");
        }
    }
}
