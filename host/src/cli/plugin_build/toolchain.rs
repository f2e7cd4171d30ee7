//! Which compiler makes WebAssembly here, and what decides the bytes that it makes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

/// What plugins are compiled for.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// A compiler for the target, with its cargo.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Toolchain {
    rustc: PathBuf,
    cargo: PathBuf,
    /// The standard library is compiled too, from the sources beside the compiler.
    pub(super) from_source: bool,
    /// Where the compiler brings none of its own.
    pub(super) linker: Option<PathBuf>,
}

impl Toolchain {
    /// The active toolchain if it has the target (as rustup installs it), else the system's (as Debian packages it).
    pub(super) fn find() -> Option<Toolchain> {
        let named = |name: &str, default: &str| PathBuf::from(env::var_os(name).unwrap_or_else(|| default.into()));
        Toolchain::active(named("RUSTC", "rustc"), named("CARGO", "cargo"))
            .or_else(|| Toolchain::system(Path::new("/usr/bin")))
    }

    #[cfg(test)]
    pub(super) fn of(rustc: &str, cargo: &str, from_source: bool, linker: Option<PathBuf>) -> Toolchain {
        Toolchain { rustc: rustc.into(), cargo: cargo.into(), from_source, linker }
    }

    fn active(rustc: PathBuf, cargo: PathBuf) -> Option<Toolchain> {
        has_target(&rustc).then_some(Toolchain { rustc, cargo, from_source: false, linker: None })
    }

    fn system(bin: &Path) -> Option<Toolchain> {
        let (rustc, cargo) = (bin.join("rustc"), bin.join("cargo"));
        let linker = newest_linker(bin)?;
        let from_source = !has_target(&rustc);
        let sources = sysroot(&rustc)?.join("lib/rustlib/src/rust/library/Cargo.toml");
        let complete = cargo.exists() && (!from_source || sources.exists());
        complete.then_some(Toolchain { rustc, cargo, from_source, linker: Some(linker) })
    }

    /// What decides the bytes beside the sources. Equal answers: equal sources give equal bytes.
    pub(super) fn identity(&self) -> Option<String> {
        let verbose = printed(&self.rustc, &["-vV"])?;
        let field = |name: &str| verbose.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?");
        let rustc = verbose.lines().next().unwrap_or_default();
        let linker = match &self.linker {
            Some(linker) => printed(linker, &["--version"])?,
            None => "its own linker".to_owned(),
        };
        let library = if self.from_source { "standard library from source" } else { "its own standard library" };
        Some(format!("{rustc} on {}, LLVM {}, {linker}, {library}", field("host: "), field("LLVM version: ")))
    }

    /// The toolchain's cargo, shielded from settings of the environment that would change what is built.
    pub(super) fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        command.env("RUSTC", &self.rustc);
        for name in ["RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
            command.env_remove(name);
        }
        // An empty wrapper is none, whatever a configuration file says.
        command.env("RUSTC_WRAPPER", "").env("RUSTC_WORKSPACE_WRAPPER", "");
        if self.from_source {
            // Compiling the standard library asks for a switch that stable compilers have but hide.
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }

    /// The compiler's flags, in cargo's encoding: SIMD on, and no path of this machine in the output.
    pub(super) fn flags(&self, workspace: &Path) -> OsString {
        let beside_home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
        let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(beside_home);
        // Of places that hold each other the last counts.
        let mut places: Vec<_> = sysroot(&self.rustc).map(|path| (path, "/rust")).into_iter().collect();
        places.push((workspace.to_owned(), "/plugin"));
        // A registry's folder is named after where it is mirrored.
        let registries = cargo_home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
        places.extend(registries.into_iter().flatten().flatten().map(|entry| (entry.path(), "/crates")));
        let mut flags = OsString::from("-Ctarget-feature=+simd128");
        for (place, name) in places {
            flags.push("\u{1f}--remap-path-prefix=");
            flags.push(place);
            flags.push(format!("={name}"));
        }
        flags
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
    printed(rustc, &["--print", "sysroot"]).map(PathBuf::from)
}

/// What a program prints.
fn printed(program: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn program(path: &Path, script: &str) {
        fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A folder of programs that answer like a toolchain whose sysroot is the folder itself.
    fn toolchain(with_target: bool, with_sources: bool) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let libdir = root.join("lib/rustlib").join(TARGET).join("lib");
        if with_target {
            fs::create_dir_all(&libdir).unwrap();
            fs::write(libdir.join("libstd-0123.rlib"), "").unwrap();
        }
        if with_sources {
            fs::create_dir_all(root.join("lib/rustlib/src/rust/library")).unwrap();
            fs::write(root.join("lib/rustlib/src/rust/library/Cargo.toml"), "").unwrap();
        }
        let (sysroot, libdir) = (root.display(), libdir.display());
        let rustc = format!(
            "case \"$*\" in *sysroot*) echo {sysroot};; *libdir*) echo {libdir};;\n\
             -vV) printf 'rustc 1.95.0 (x)\\nhost: h\\nLLVM version: 22\\n';; esac"
        );
        program(&root.join("rustc"), &rustc);
        program(&root.join("cargo"), "");
        program(&root.join("wasm-ld-9"), "echo LLD 9");
        program(&root.join("wasm-ld-19"), "echo LLD 19");
        dir
    }

    #[test]
    fn a_toolchain_with_the_target_needs_nothing_else() {
        let dir = toolchain(true, false);
        let active = Toolchain::active(dir.path().join("rustc"), dir.path().join("cargo")).unwrap();
        assert!(!active.from_source && active.linker.is_none());
        let identity = active.identity().unwrap();
        assert_eq!(identity, "rustc 1.95.0 (x) on h, LLVM 22, its own linker, its own standard library");
        assert!(active.cargo().get_envs().all(|(name, _)| name != "RUSTC_BOOTSTRAP"));
    }

    #[test]
    fn the_systems_toolchain_needs_the_librarys_sources_and_a_linker() {
        let dir = toolchain(false, true);
        assert_eq!(Toolchain::active(dir.path().join("rustc"), dir.path().join("cargo")), None);
        let system = Toolchain::system(dir.path()).unwrap();
        assert!(system.from_source);
        assert_eq!(system.linker, Some(dir.path().join("wasm-ld-19")));
        let identity = system.identity().unwrap();
        assert_eq!(identity, "rustc 1.95.0 (x) on h, LLVM 22, LLD 19, standard library from source");
        assert!(system.cargo().get_envs().any(|(name, value)| name == "RUSTC_BOOTSTRAP" && value.is_some()));

        assert_eq!(Toolchain::system(toolchain(false, false).path()), None, "no sources");
        fs::remove_file(dir.path().join("wasm-ld-19")).unwrap();
        fs::remove_file(dir.path().join("wasm-ld-9")).unwrap();
        assert_eq!(Toolchain::system(dir.path()), None, "no linker");
    }

    #[test]
    fn flags_turn_simd_on_and_name_no_place_of_this_machine() {
        let dir = toolchain(true, false);
        let active = Toolchain::active(dir.path().join("rustc"), dir.path().join("cargo")).unwrap();
        let flags = active.flags(Path::new("/home/ann/plugin")).into_string().unwrap();
        let flags: Vec<&str> = flags.split('\u{1f}').collect();
        assert_eq!(flags[0], "-Ctarget-feature=+simd128");
        assert!(flags.contains(&"--remap-path-prefix=/home/ann/plugin=/plugin"));
        assert!(flags.contains(&format!("--remap-path-prefix={}=/rust", dir.path().display()).as_str()));
    }
}
