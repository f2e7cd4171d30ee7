//! The words as numbers: categories, kinds, pseudonym domains.

use std::collections::BTreeMap;

use serde::Serialize;

use super::document::{Categories, ValueType};

/// Number of a category in a [`Vocabulary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct CategoryId(pub u16);

/// The words of a library of policies.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    names: Vec<String>,
    types: Vec<ValueType>,
    domains: Vec<String>,
    by_name: BTreeMap<String, CategoryId>,
    kinds: Vec<String>,
}

impl Vocabulary {
    /// Numbers the words of `categories.toml`. A category that no domain names is a domain of its own.
    pub fn new(categories: &Categories) -> Self {
        let mut words = Self { kinds: categories.kinds.keys().cloned().collect(), ..Self::default() };
        for (name, category) in &categories.categories {
            let id = CategoryId(words.names.len() as u16);
            let domain = categories.domains.iter().find(|(_, members)| members.iter().any(|m| m.value == *name));
            words.names.push(name.clone());
            words.types.push(category.value_type);
            words.domains.push(domain.map_or_else(|| name.clone(), |(domain, _)| domain.clone()));
            words.by_name.insert(name.clone(), id);
        }
        words
    }

    /// The category of that name.
    pub fn category(&self, name: &str) -> Option<CategoryId> {
        self.by_name.get(name).copied()
    }

    /// Categories that a name or a family (`id.*`) means.
    pub fn family(&self, pattern: &str) -> Vec<CategoryId> {
        members(pattern, self.names.iter()).map(|i| CategoryId(i as u16)).collect()
    }

    /// Kinds that a name or a family (`mail.*`) means, by number.
    pub fn kind_family(&self, pattern: &str) -> Vec<u16> {
        members(pattern, self.kinds.iter()).map(|i| i as u16).collect()
    }

    /// The name of a category.
    pub fn name(&self, id: CategoryId) -> &str {
        self.names.get(usize::from(id.0)).map_or("", String::as_str)
    }

    /// The type of a category's values.
    pub fn value_type(&self, id: CategoryId) -> ValueType {
        self.types.get(usize::from(id.0)).copied().unwrap_or_default()
    }

    /// The pseudonym domain of a category, before a tenant joins some.
    pub fn domain(&self, id: CategoryId) -> &str {
        self.domains.get(usize::from(id.0)).map_or("", String::as_str)
    }

    /// All categories.
    pub fn categories(&self) -> impl Iterator<Item = (CategoryId, &str)> {
        self.names.iter().enumerate().map(|(i, name)| (CategoryId(i as u16), name.as_str()))
    }

    /// All kinds, in the order of their numbers.
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }
}

fn members<'a>(pattern: &'a str, names: impl Iterator<Item = &'a String> + 'a) -> impl Iterator<Item = usize> + 'a {
    names.enumerate().filter(move |(_, name)| family_has(pattern, name)).map(|(i, _)| i)
}

/// Whether a name is, or belongs to the family, `pattern`.
pub fn family_has(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(family) => name.strip_prefix(family).is_some_and(|rest| rest.starts_with('.')),
        None => pattern == name,
    }
}
