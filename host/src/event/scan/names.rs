//! Members that a wildcard leads to: finding two of one name without a table per object.

/// The names of such members in the objects that are open, innermost last.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<(u32, u32)>,
    text: Vec<u8>,
}

/// Up to so many names are compared one by one.
const FEW: usize = 8;

impl Names {
    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.text.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Adds a name, decoded.
    pub(super) fn push(&mut self, name: &[u8]) {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(name);
        self.names.push((start, self.text.len() as u32));
    }

    /// Removes the names from `first` on, those of the object that ends; whether two of them were equal.
    pub(super) fn end(&mut self, first: usize) -> bool {
        let Names { names, text } = self;
        let Some(mine) = names.get_mut(first..) else { return false };
        let name = |&(start, end): &(u32, u32)| &text[start as usize..end as usize];
        // Sorting moves names, not their text: the first one pushed says where the object's text begins.
        let cut = mine.first().map(|name| name.0);
        let twice = if mine.len() <= FEW {
            mine.iter().enumerate().any(|(index, one)| mine[..index].iter().any(|other| name(one) == name(other)))
        } else {
            mine.sort_unstable_by(|one, other| {
                name(one).len().cmp(&name(other).len()).then_with(|| name(one).cmp(name(other)))
            });
            mine.windows(2).any(|pair| name(&pair[0]) == name(&pair[1]))
        };
        names.truncate(first);
        if let Some(cut) = cut {
            text.truncate(cut as usize);
        }
        twice
    }

    /// Removes the names from `first` on, as they are.
    pub(super) fn truncate(&mut self, first: usize) {
        if let Some(cut) = self.names.get(first) {
            self.text.truncate(cut.0 as usize);
        }
        self.names.truncate(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn doubles_are_found(outer in prop::collection::vec("[a-c]{0,3}", 0..4), inner in prop::collection::vec("[a-d]{0,3}", 0..40)) {
            let mut names = Names::default();
            outer.iter().for_each(|name| names.push(name.as_bytes()));
            let first = names.len();
            inner.iter().for_each(|name| names.push(name.as_bytes()));
            let distinct = |list: &[String]| list.iter().collect::<std::collections::HashSet<_>>().len();
            prop_assert_eq!(names.end(first), distinct(&inner) < inner.len());
            prop_assert_eq!(names.len(), first);
            prop_assert_eq!(names.end(0), distinct(&outer) < outer.len());
            prop_assert!(names.text.is_empty());
        }
    }
}
