//! What a path means, without an event.

use crate::event::{Pattern, Segment, SlotId};
use crate::policy::{CompiledMap, MapLabel, Plan};

use super::{Meant, mean};

/// What maps say that a path is, by the id of the map: the one with that number, or all that may match. The path is written as
/// maps write it, or as an event has it (`target[0].id`).
///
/// # Errors
///
/// The text is no path.
pub fn places(plan: &Plan, path: &str, map: Option<usize>) -> Result<Vec<(String, Vec<Meant>)>, String> {
    let wanted = Pattern::parse(&without_numbers(path)).map_err(|error| error.to_string())?;
    let may = |number: usize| map.map_or_else(|| plan.maps.get(number).copied().unwrap_or(false), |map| map == number);
    let maps = plan.library.maps.all().iter().enumerate().filter(|(number, _)| may(*number));
    let found = maps.filter_map(|(number, map)| {
        let compiled = plan.map(number)?;
        let meant = meanings(plan, &compiled, &wanted);
        (!meant.is_empty()).then(|| (map.head.id.value.clone(), meant))
    });
    Ok(found.collect())
}

/// `a[0].b` as `a[*].b`.
fn without_numbers(path: &str) -> String {
    let mut parts = path.split('[');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let is_number = digits > 0 && part.as_bytes().get(digits) == Some(&b']');
        out.push('[');
        out.push_str(if is_number { "*" } else { "" });
        out.push_str(if is_number { &part[digits..] } else { part });
    }
    out
}

fn meanings(plan: &Plan, map: &CompiledMap, wanted: &Pattern) -> Vec<Meant> {
    let automaton = &map.automaton;
    let walked = wanted.segments().iter().try_fold(automaton.root(), |place, segment| match segment {
        Segment::Key(name) => Some(place.key(automaton, name.as_bytes())),
        Segment::AnyElement => Some(place.element(automaton)),
        Segment::AnyKey | Segment::Select { .. } | Segment::AnyDepth => None,
    });
    let text = wanted.to_string();
    let is_written = |slot: &SlotId| automaton.path_of(*slot).eq_ignore_ascii_case(&text);
    let slot = walked.map(|place| place.slot()).filter(|slot| slot.is_some());
    let Some(slot) = slot.or_else(|| (0..automaton.slots() as u32).map(SlotId).find(is_written)) else {
        return Vec::new();
    };
    // The most specific pattern comes first; variants and tenants say more of the same place.
    let labels = automaton.labels(slot);
    let field = |label: u32| match map.labels.get(label as usize) {
        Some(MapLabel::Field { categories, role, variant, span, by }) => {
            Some((categories, *role, *variant, *span, *by))
        }
        _ => None,
    };
    let of_map = |label: u32| field(label).is_some_and(|(_, _, variant, _, by)| by == 0 && variant.is_none());
    let best = labels.iter().find(|(label, _)| of_map(*label)).map(|(_, rank)| rank);
    let mut meant = Vec::new();
    for (label, rank) in labels {
        let Some((categories, role, variant, span, by)) = field(*label) else { continue };
        if by != 0 || variant.is_some() || best == Some(rank) {
            meant.extend(categories.iter().map(|category| mean(plan, *category, role, span)));
        }
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_meant_by_number_or_star() {
        assert_eq!(without_numbers("target[0].id"), "target[*].id");
        assert_eq!(without_numbers("a[Name=12].Value[3]"), "a[Name=12].Value[*]");
    }
}
