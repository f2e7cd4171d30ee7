//! `tamis subject`: the codes of a person.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Read as _, Write as _};

use clap::Args;
use serde_json::json;

use super::place::{Place, PlaceArgs, first_day, last_day};
use super::{EXIT_CODES, Exit, say, stop};
use crate::edge::keys::State;
use crate::pipeline::codes::{Coder, Derivation, normalise, normalise_address};
use crate::pipeline::keys::{Epoch, KeyError};
use crate::policy::form::Code;

/// Longest input, in bytes.
const LONGEST: u64 = 1 << 20;

/// List the codes of a person across live epochs, purposes and domains, for an access request.
///
/// Values by which the person is known (an address, a user name …) are read from standard input, a line each: never from the command line, where
/// others could see them. They stand in no file; that codes were looked up, for which case and by whom, stands in the ledger. What was coded after it was made
/// coarser has the code of the coarser value: give `192.0.2.0/24`. Codes from tables (t…) are kept nowhere.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Subject {
    #[command(flatten)]
    of: PlaceArgs,
    /// Number of the case, for the ledger.
    #[arg(long)]
    case: String,
    /// Who asks, for the ledger. No name of the person belongs here.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why, for the ledger.
    #[arg(long, default_value = "access request")]
    reason: String,
}

impl Subject {
    pub(super) fn run(&self) -> Exit {
        self.list().map_or_else(|exit| exit, |()| Exit::Done)
    }

    fn list(&self) -> Result<(), Exit> {
        let place = Place::open(&self.of.config)?;
        let tenant = place.tenant(&self.of)?;
        let wrong = |error: KeyError| stop(Exit::Wrong, &format!("error: {error}"));
        let mut epochs: Vec<Epoch> = Vec::new();
        for kept in place.keys.kept(&tenant.id).map_err(wrong)? {
            match kept.state {
                State::Live => epochs.push(kept.epoch),
                State::Retired(_) => {}
                State::Damaged => say(&format!(
                    "warning: the key of epoch {} is damaged: its codes are not listed",
                    kept.epoch.number
                )),
            }
        }
        if place.keys.folder().is_none() {
            epochs.push(tenant.epoch());
            say("without [keys] folder only the epoch of today is known: codes of earlier ones are not listed");
        }
        let values = values()?;
        let purposes: BTreeSet<&str> = tenant.purposes.iter().map(|purpose| purpose.name.as_str()).collect();
        let mut lines = BTreeSet::new();
        for epoch in &epochs {
            let secret = match place.keys.look(&tenant.id, *epoch).map_err(wrong)? {
                Some(secret) => secret,
                None => continue,
            };
            for (purpose, domain) in
                purposes.iter().flat_map(|purpose| tenant.domains.iter().map(move |domain| (purpose, domain)))
            {
                for code in [Code::Escrow, Code::Plain] {
                    let what = Derivation { tenant: &tenant.id, domain, purpose, epoch: epoch.number, code };
                    let mut coder = Coder::new(&secret, &what);
                    for value in &values {
                        let Some(bits) = coder.bits(value) else { continue };
                        let mut text = Vec::new();
                        coder.write(bits, &mut text);
                        let (from, to) = (first_day(*epoch), last_day(*epoch));
                        let text = String::from_utf8_lossy(&text).into_owned();
                        lines.insert(format!("{}\t{from}\t{to}\t{purpose}\t{domain}\t{text}", epoch.number));
                    }
                }
            }
        }
        let (case, by, reason) = (&self.case, &self.by, &self.reason);
        place.note(
            "subject",
            json!({ "tenant": tenant.id, "case": case, "by": by, "reason": reason,
            "epochs": epochs.len(), "codes": lines.len() }),
        )?;
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        // That nobody reads it any more is no error.
        let _ = std::io::stdout().write_all(format!("epoch\tfrom\tto\tpurpose\tdomain\tcode\n{text}").as_bytes());
        Ok(())
    }
}

/// The forms in which values of standard input are coded: as texts, and as addresses.
fn values() -> Result<BTreeSet<Vec<u8>>, Exit> {
    if std::io::stdin().is_terminal() {
        say("a value of the person (an address, a user name …) on each line, then Ctrl-D:");
    }
    let mut text = Vec::new();
    std::io::stdin()
        .take(LONGEST)
        .read_to_end(&mut text)
        .map_err(|error| stop(Exit::Failed, &format!("error: cannot read standard input: {error}")))?;
    let mut all = BTreeSet::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        for fold in [normalise, normalise_address] {
            let mut folded = Vec::new();
            fold(line, &mut folded);
            all.insert(folded);
        }
    }
    if all.is_empty() {
        return Err(stop(
            Exit::Wrong,
            "error: nothing came from standard input: give a value of the person on each line",
        ));
    }
    Ok(all)
}
