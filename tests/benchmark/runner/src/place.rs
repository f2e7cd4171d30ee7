//! Where things are, and what was asked for.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Error, Read, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::Job;

/// Arguments and paths.
#[derive(Debug)]
pub struct Place {
    /// The shipped binary.
    pub tamis: PathBuf,
    /// `tests/benchmark`.
    pub here: PathBuf,
    /// Where made files go.
    pub work: PathBuf,
    /// Events of the mixed corpus.
    pub events: u64,
    /// Measured rounds.
    pub rounds: usize,
    /// Folder of real corpora.
    pub corpora: Option<PathBuf>,
    /// Parts to run; empty: all.
    pub only: Vec<String>,
}

const USAGE: &str =
    "run [--quick] [--rounds N] [--events N] [--only PART,…] [--corpora FOLDER] [--tamis BINARY] [--work FOLDER]
parts: a b csv native threads families start memory tenants fleet load";

impl Place {
    /// Reads the command line.
    ///
    /// # Errors
    ///
    /// An argument that is not known.
    pub fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default();
        let mut place = Self {
            tamis: here.join("../../target/release/tamis"),
            work: here.join("target/work"),
            here,
            events: 600_000,
            rounds: 7,
            corpora: None,
            only: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| Error::other(USAGE));
            match argument.as_str() {
                "--quick" => (place.events, place.rounds) = (200_000, 3),
                "--rounds" => place.rounds = value()?.parse().map_err(Error::other)?,
                "--events" => place.events = value()?.parse().map_err(Error::other)?,
                "--only" => place.only = value()?.split(',').map(str::to_owned).collect(),
                "--corpora" => place.corpora = Some(value()?.into()),
                "--tamis" => place.tamis = value()?.into(),
                "--work" => place.work = value()?.into(),
                _ => return Err(Error::other(USAGE)),
            }
        }
        fs::create_dir_all(&place.work)?;
        fs::write(place.key(), "7a".repeat(32))?;
        fs::set_permissions(place.key(), Permissions::from_mode(0o600))?;
        Ok(place)
    }

    /// Whether a part was asked for.
    pub fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    /// A peer's program.
    pub fn peer(&self, name: &str) -> String {
        self.here.join("target/release").join(name).display().to_string()
    }

    /// A program in the Vector Remap Language.
    pub fn program(&self, name: &str) -> String {
        self.here.join("programs").join(name).with_extension("vrl").display().to_string()
    }

    /// A policy of the benchmark.
    pub fn policy(&self, name: &str) -> String {
        self.here.join("policies/tenants").join(name).with_extension("toml").display().to_string()
    }

    /// A policy that ships.
    pub fn shipped(&self, name: &str) -> String {
        self.here.join("../../policies/tenants").join(name).with_extension("toml").display().to_string()
    }

    /// The file with the key of codes.
    pub fn key(&self) -> PathBuf {
        self.work.join("key")
    }

    /// `tamis filter` with a policy, ready for more arguments.
    pub fn filter(&self, name: &str, policy: &str) -> Job {
        let key = format!("file:{}", self.key().display());
        let tamis = self.tamis.display().to_string();
        Job::new(name, [tamis.as_str(), "filter", "--on", "2026-11-26", "--key", &key, "--policy", policy])
    }

    /// A made corpus; made when it is not there yet.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn corpus(&self, shape: &str, events: u64) -> Result<String> {
        let path = self.work.join(format!("{shape}-{events}.{}", if shape == "csv" { "csv" } else { "ndjson" }));
        let (shape, tenants) = if shape == "tenants" { ("mixed", "1000") } else { (shape, "0") };
        if !path.exists() {
            let part = path.with_extension("part");
            let made = Command::new(self.peer("corpus"))
                .arg(&part)
                .args(["--shape", shape, "--events", &events.to_string(), "--tenants", tenants])
                .status()?;
            if !made.success() {
                return Err(Error::other("the corpus was not made"));
            }
            fs::rename(&part, &path)?;
        }
        Ok(path.display().to_string())
    }
}

/// Bytes and lines of a file. Read in blocks: what this process once held counts as memory of every job it starts, since the kernel
/// carries the peak over.
///
/// # Errors
///
/// It cannot be read.
pub fn size(path: &str) -> Result<(u64, u64)> {
    let (mut file, mut block) = (fs::File::open(path)?, vec![0; 1 << 18]);
    let (mut bytes, mut lines) = (0, 0);
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok((bytes, lines));
        }
        bytes += read as u64;
        lines += memchr::memchr_iter(b'\n', &block[..read]).count() as u64;
    }
}

/// A file that repeats another, whose last line ends with a line break, until it has so many bytes.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn repeated(source: &Path, target: &Path, least: u64) -> Result<u64> {
    let length = fs::metadata(source)?.len().max(1);
    let times = least.div_ceil(length).max(1);
    let mut file = fs::File::create(target)?;
    for _ in 0..times {
        std::io::copy(&mut fs::File::open(source)?, &mut file)?;
    }
    Ok(length * times)
}

/// Whether two files hold the same bytes.
///
/// # Errors
///
/// A file cannot be read.
pub fn are_equal(one: &Path, other: &Path) -> Result<bool> {
    let open = |path| fs::File::open(path).map(|file| BufReader::with_capacity(1 << 18, file));
    let (mut one, mut other) = (open(one)?, open(other)?);
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.is_empty() && right.is_empty());
        }
        if left[..length] != right[..length] {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

/// Copies a folder with everything below it.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
