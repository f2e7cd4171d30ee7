//! `tamis tap`: a sample of what leaves a running sidecar.

use std::io::Write as _;

use clap::Args;

use super::admin::{Shown, block_on};
use super::{EXIT_CODES, Exit, stop};

/// Show a sample of the filtered events that leave a route of a running sidecar. It is for operators, ends by itself, and stands in the
/// ledger with who asked.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct Tap {
    /// The route.
    route: String,
    /// Only what leaves for this purpose.
    #[arg(long)]
    purpose: Option<String>,
    /// How long, at most 600.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    seconds: u32,
    /// Events a second, at most 100.
    #[arg(long, value_name = "EVENTS", default_value_t = 10)]
    rate: u32,
    /// The admin address of the sidecar.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9600")]
    at: String,
    #[command(flatten)]
    shown: Shown,
}

impl Tap {
    pub(super) fn run(&self) -> Exit {
        let asker = match self.shown.asker(&self.at) {
            Ok(asker) => asker,
            Err(text) => return stop(Exit::Wrong, &format!("error: {text}")),
        };
        let mut query = vec![("seconds", self.seconds.to_string()), ("rate", self.rate.to_string())];
        query.extend(self.purpose.iter().map(|purpose| ("purpose", purpose.clone())));
        let shown = block_on(async {
            let mut response = asker.get(&format!("/tap/{}", self.route), &query).await?;
            let mut out = std::io::stdout().lock();
            while let Some(part) = response.chunk().await.map_err(|_| "the sidecar hung up".to_owned())? {
                // Nobody reads any more: that ends it.
                if out.write_all(&part).and_then(|()| out.flush()).is_err() {
                    break;
                }
            }
            Ok(())
        });
        shown.map_or_else(|text| stop(Exit::Failed, &format!("error: {text}")), |()| Exit::Done)
    }
}
