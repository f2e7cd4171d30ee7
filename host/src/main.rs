//! `tamis`: parse, run, exit code.

use std::process::ExitCode;

/// Columns and outputs are large and short-lived: this allocator returns and reuses them without the kernel's help.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(tamis::cli::run() as u8)
}
