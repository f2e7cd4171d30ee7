//! Processes, one after the other in rounds: A B C A B C … Each is measured by the wall clock and by the processor time that the
//! kernel charged it with, so that figures are of use on a machine that does other things too.

use std::fs::File;
use std::io::{Error, Result};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Something to run.
#[derive(Clone, Debug)]
pub struct Job {
    /// What a table calls it.
    pub name: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Processors it may use, as `taskset -c` takes them.
    pub cores: &'static str,
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// From start to end.
    pub wall: Duration,
    /// User and system time of all threads.
    pub cpu: Duration,
    /// Most memory that was resident, in bytes.
    pub peak: u64,
}

/// What several runs of a job took, round by round.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The job's name.
    pub name: String,
    /// By round.
    pub samples: Vec<Sample>,
}

impl Job {
    /// A job on the first processor.
    pub fn new(name: &str, argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { name: name.to_owned(), argv: argv.into_iter().map(Into::into).collect(), cores: "0" }
    }

    /// The same job with further arguments.
    pub fn with(mut self, name: &str, further: &[&str]) -> Self {
        name.clone_into(&mut self.name);
        self.argv.extend(further.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Runs it once; its output goes to `output`, or nowhere.
    ///
    /// # Errors
    ///
    /// It cannot be run, or did not succeed.
    pub fn run(&self, output: Option<&Path>) -> Result<Sample> {
        let mut command = Command::new("taskset");
        command.args(["-c", self.cores]).args(&self.argv).stdin(Stdio::null());
        command.stdout(match output {
            Some(path) => Stdio::from(File::create(path)?),
            None => Stdio::null(),
        });
        let said = std::env::temp_dir().join(format!("tamis-benchmark-{}.stderr", std::process::id()));
        command.stderr(File::create(&said)?);
        let started = Instant::now();
        // `wait4` below waits for it: that call, and no other, says what the child used.
        #[allow(clippy::zombie_processes)]
        let child = command.spawn()?;
        let (mut status, mut usage) = (0, unsafe { std::mem::zeroed::<libc::rusage>() });
        // SAFETY: both pointers are valid, the child is ours and nobody else waits for it.
        let waited = unsafe { libc::wait4(child.id() as i32, &raw mut status, 0, &raw mut usage) };
        let wall = started.elapsed();
        if waited < 0 {
            return Err(Error::last_os_error());
        }
        if status != 0 {
            let said = std::fs::read_to_string(&said).unwrap_or_default();
            return Err(Error::other(format!("`{}` failed ({status:#x}):\n{said}", self.argv.join(" "))));
        }
        let time = |t: libc::timeval| Duration::from_micros(t.tv_sec as u64 * 1_000_000 + t.tv_usec as u64);
        let cpu = time(usage.ru_utime) + time(usage.ru_stime);
        Ok(Sample { wall, cpu, peak: usage.ru_maxrss as u64 * 1024 })
    }
}

/// Runs the jobs in rounds. A first round warms up and does not count.
///
/// # Errors
///
/// The first job that fails.
pub fn interleave(jobs: &[Job], rounds: usize) -> Result<Vec<Measured>> {
    let mut measured: Vec<_> =
        jobs.iter().map(|job| Measured { name: job.name.clone(), samples: Vec::new() }).collect();
    for round in 0..=rounds {
        for (job, measured) in jobs.iter().zip(&mut measured) {
            let sample = job.run(None)?;
            if round > 0 {
                measured.samples.push(sample);
            }
        }
        eprint!(".");
    }
    eprintln!(" {}", jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>().join(", "));
    Ok(measured)
}

/// The middle of some numbers.
pub fn median(mut of: Vec<f64>) -> f64 {
    of.sort_unstable_by(f64::total_cmp);
    match of.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => of[n / 2],
        n => (of[n / 2 - 1] + of[n / 2]) / 2.0,
    }
}

impl Measured {
    /// Median of the wall clock, in seconds.
    pub fn wall(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.wall.as_secs_f64()).collect())
    }

    /// Median of processor time, in seconds.
    pub fn cpu(&self) -> f64 {
        median(self.samples.iter().map(|sample| sample.cpu.as_secs_f64()).collect())
    }

    /// Highest peak of memory, in bytes.
    pub fn peak(&self) -> u64 {
        self.samples.iter().map(|sample| sample.peak).max().unwrap_or(0)
    }

    /// How many times as fast as `other`: the median over rounds, by the wall clock and by processor time.
    pub fn times(&self, other: &Measured) -> (f64, f64) {
        let by = |what: fn(&Sample) -> Duration| {
            let rounds = self.samples.iter().zip(&other.samples);
            median(rounds.map(|(own, other)| what(other).as_secs_f64() / what(own).as_secs_f64()).collect())
        };
        (by(|sample| sample.wall), by(|sample| sample.cpu))
    }
}
