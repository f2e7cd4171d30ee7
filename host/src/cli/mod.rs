//! The commands, a file each.

mod admin;
mod check;
mod compare;
mod config;
mod day;
mod detect;
mod discover;
mod due;
pub mod explain;
mod filter;
mod fleet;
mod keys;
mod ledger;
mod list;
mod load;
mod notice;
mod place;
mod plugin;
pub mod plugin_build;
mod policy;
mod quarantine;
mod released;
mod removal;
mod report;
mod reveal;
mod run;
mod shadow;
mod shell;
mod signed;
mod subject;
mod summary;
mod tap;
mod test;
mod top;

use clap::{Parser, Subcommand};

/// The sieve in front of a log pipeline: filters activity and audit events as a layered policy says.
#[derive(Debug, Parser)]
#[command(name = "tamis", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Filter events from files or standard input.
    Filter(Box<filter::Filter>),
    /// Run as the sidecar in front of a pipeline.
    Run(run::Run),
    /// Show what a configuration says, and what holds where it says nothing.
    #[command(subcommand)]
    Config(config::Config),
    /// Show a sample of the filtered events that leave a route of a running sidecar.
    Tap(tap::Tap),
    /// Show what a running sidecar does, live.
    Top(top::Top),
    /// Verify and report what sidecars wrote down.
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Make, list and retire keys of codes.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Say which day a sidecar takes it for, and set that back where its clock was wrong.
    Day(day::Day),
    /// Ask for, approve and open what a code with escrow stands for.
    #[command(subcommand)]
    Reveal(reveal::Reveal),
    /// List the codes of a person, for an access request. The person's value is read from standard input.
    Subject(subject::Subject),
    /// List, open and purge what could not be treated.
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    /// Print what the built-in detector finds in texts or events, with values masked.
    Detect(detect::Detect),
    /// Say what is done with an event, a field or a category, by which rule, why, and by which law.
    Explain(Box<explain::Explain>),
    /// Compare two policies, or two days of one: what is wider, narrower or otherwise different.
    Compare(Box<compare::Compare>),
    /// Profile unknown events and draft a schema map of them, or hold them against one.
    Discover(discover::Discover),
    /// List what falls due: evidence, reviews, holds, decisions, laws that start, and by when people must be told.
    Due(due::Due),
    /// Write the notice of a policy: what is recorded, why, what becomes of it, and what the laws ask.
    Notice(Box<notice::Notice>),
    /// Release policies as signed files.
    #[command(subcommand)]
    Policy(Box<policy::Policy>),
    /// Seal exact lists: values that entities are known by.
    #[command(subcommand)]
    List(list::List),
    /// Find everything that is wrong with a folder of policies.
    Check(check::Check),
    /// Run the tests beside policies (NAME.test.toml).
    Test(test::Test),
    /// Build and inspect plugins.
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// Print what a shell completes these commands with.
    Completions(shell::Completions),
    /// Write the manual pages of all commands into a folder.
    ManPages(shell::ManPages),
}

/// Exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. That nobody reads the output any more is no error.
    Done = 0,
    /// Something could not be read or written, or a test failed; what was complete before was passed on.
    Failed = 1,
    /// The command line or a policy is wrong: nothing was read.
    Wrong = 2,
    /// The policy is closed: evidence or a list is missing, or the purpose is not allowed. Nothing was read.
    Closed = 3,
    /// A step failed and the policy's failure rule stops the route. What came before was passed on; an output file was left as it was.
    Stopped = 4,
    /// `detect --compare --deny-lost`: something that one rule set finds the other does not.
    Lost = 5,
    /// `compare --deny-widening`: something is wider than before, or may be.
    Wider = 6,
    /// `discover --against`: events are not as the map says.
    Drift = 7,
    /// `notice --deny-gaps`: there is something to tell that the policy does not know.
    Gaps = 8,
    /// `due --deny-overdue`: something is overdue.
    Overdue = 9,
}

/// What `--help` of every command says about exit codes.
const EXIT_CODES: &str = "Exit codes: 0 done (also when nobody reads the output any more), 1 something could not be read or \
written, 2 the command line or a policy is wrong, 3 the policy is closed: evidence or a list is missing, 4 a step failed and the \
policy stops there, 5 findings are lost that `--deny-lost` denies, 6 something is wider that `--deny-widening` denies, \
7 `discover --against` found drift, 8 a notice has gaps that `--deny-gaps` denies, 9 something is overdue that `--deny-overdue` denies.";

/// Makes a panic say where it happened and nothing else: what it would say (a text that was cut wrongly, a value that did not
/// fit) may come from an event.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        say(&format!("error: a mistake in tamis itself{place}: please report it. What it was about is not shown."));
    }));
}

/// Keeps keys and events out of core dumps, and memory away from debuggers of the same user.
fn no_core_dumps() {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // Each covers what the other does not: no limit binds a handler that dumps are piped to, and programs that are started lose the mark.
    // SAFETY: the limit is read during the call.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    // Tests that nobody runs as root look at the open files of debug builds.
    if !cfg!(debug_assertions) {
        // SAFETY: it takes numbers only.
        unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
    }
}

/// Parses the command line, runs the command, and says how it ended.
pub fn run() -> Exit {
    quiet_panics();
    no_core_dumps();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors.
            let exit = if error.use_stderr() { Exit::Wrong } else { Exit::Done };
            drop(error.print());
            return exit;
        }
    };
    match cli.command {
        Command::Filter(filter) => filter.run(),
        Command::Run(run) => run.run(),
        Command::Config(config) => config.run(),
        Command::Tap(tap) => tap.run(),
        Command::Top(top) => top.run(),
        Command::Ledger(ledger) => ledger.run(),
        Command::Keys(keys) => keys.run(),
        Command::Day(day) => day.run(),
        Command::Reveal(reveal) => reveal.run(),
        Command::Subject(subject) => subject.run(),
        Command::Quarantine(quarantine) => quarantine.run(),
        Command::Detect(detect) => detect.run(),
        Command::Explain(explain) => explain.run(),
        Command::Compare(compare) => compare.run(),
        Command::Discover(discover) => discover.run(),
        Command::Due(due) => due.run(),
        Command::Notice(notice) => notice.run(),
        Command::Policy(policy) => policy.run(),
        Command::List(list) => list.run(),
        Command::Check(check) => check.run(),
        Command::Test(test) => test.run(),
        Command::Plugin(plugin) => plugin.run(),
        Command::Completions(completions) => completions.run(),
        Command::ManPages(pages) => pages.run(),
    }
}

/// Prints a message that ends a command.
fn say(message: &str) {
    use std::io::Write as _;
    // Whether anybody hears it changes nothing of what was done, nor the exit code.
    let _ = writeln!(std::io::stderr(), "{}", message.trim_end());
}

/// A message on standard error, then an exit.
fn stop(exit: Exit, message: &str) -> Exit {
    say(message);
    exit
}
