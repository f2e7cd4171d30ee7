//! 1,000 tenants interleaved in one stream.

use std::io::Result;

use crate::place::Place;
use crate::table::Report;

/// HOOK: nothing is measured yet. `tamis filter` takes one policy a run; once it takes many, this part makes 1,000 tenants' policies
/// from `policies/tenants/a.toml`, a corpus whose events name their tenant in turn, and reports 1,000 tenants ÷ one (≥ 0.5), memory
/// a tenant (≤ 64 KiB) and the time to load 10, 100 and 1,000 of them.
///
/// # Errors
///
/// None yet.
pub fn measure(place: &Place, report: &mut Report) -> Result<()> {
    if place.wants("tenants") {
        report.other(
            "1,000 tenants interleaved ÷ one tenant",
            "≥ 0.5",
            "not measured: no command takes several tenants yet",
            None,
        );
    }
    Ok(())
}
