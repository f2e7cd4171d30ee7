//! `tamis policy`: releases of policies, as signed files.

pub(super) mod accept;
mod issue;
mod release;
pub(super) mod sides;
mod sign;
mod sign_entry;
mod verify;

use clap::{Args, Subcommand};

use super::Exit;
use super::load::Refused;
use crate::edge::releases::ReleaseError;
use crate::policy::release::Unread;
use crate::policy::syntax::render;

/// Release a policy, and sign and verify what was released.
#[derive(Debug, Subcommand)]
pub(super) enum Policy {
    /// Freeze a policy with everything it reads and its notice, and say what is open when.
    Release(release::Release),
    /// Write the latest release anew, with the evidence of today.
    Bundle(release::Bundle),
    /// Sign a bundle, or entries of evidence.
    Sign(sign::Sign),
    /// Check a bundle: whether it is whole, who signed it, whether that is enough, and what is open when.
    Verify(verify::Verify),
    /// Make a key that signs, and print the public half.
    #[command(subcommand)]
    Key(sign::KeyCommand),
}

impl Policy {
    pub(super) fn run(&self) -> Exit {
        let ran = match self {
            Self::Release(release) => release.run(),
            Self::Bundle(bundle) => bundle.run(),
            Self::Sign(sign) => sign.run(),
            Self::Verify(verify) => verify.run(),
            Self::Key(key) => key.run(),
        };
        ran.unwrap_or_else(Refused::say)
    }
}

impl From<ReleaseError> for Refused {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::Io { .. } => Self { exit: Exit::Failed, text: format!("error: {error}") },
            ReleaseError::Bad { .. } => Self::wrong(error),
        }
    }
}

/// What is wrong inside of a bundle.
pub(super) fn unread(unread: Unread) -> Refused {
    match unread {
        Unread::Wrong(bundle, problems) => {
            Refused::wrong(format!("the policies in it are wrong\n{}", render(&bundle, &problems, false)))
        }
        Unread::Differs(what) => Refused::wrong(format!("{what} is not what its manifest says")),
    }
}

/// Where releases stand, and the day.
#[derive(Debug, Args)]
struct Where {
    /// The folder of releases. Default: `releases` in the folder of policies.
    #[arg(long, value_name = "FOLDER")]
    releases: Option<std::path::PathBuf>,
    /// The day it is made. Default: today.
    #[arg(long, value_name = "DATE")]
    on: Option<crate::policy::document::Date>,
}

impl Where {
    fn day(&self) -> crate::policy::document::Date {
        self.on.unwrap_or_else(|| jiff::Zoned::now().date())
    }
}
