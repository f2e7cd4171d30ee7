//! Texts as the sources have them: free text, command lines, URLs, messages, single values.
//!
//! Slots: `{say}` a name and the value in a sentence, `{set}` `key=value`, `{arg}` an option of a command, `{json}` a member,
//! `{query}` a parameter, percent-encoded, `{path}` a part of a path, `{v}` the value alone, `{key}` what programs call it. The rest is filled with what
//! surrounds values in logs: `{ip}` and `{mail}` are labelled too, `{guid}`, `{hex}`, `{epoch}`, `{n}`, `{user}`, `{host}` are not.

mod cloud;
mod hosts;
mod people;
mod services;

use crate::values::Class;

/// A text with slots.
pub(crate) struct Template {
    pub(crate) source: &'static str,
    pub(crate) name: &'static str,
    pub(crate) fits: Fits,
    pub(crate) language: &'static str,
    /// Words of the field it stands in.
    pub(crate) field: &'static str,
    pub(crate) text: &'static str,
}

/// Which classes of values a text is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fits {
    /// All that stand beside a name.
    Named,
    Mail,
    Phone,
    Address,
    Hardware,
    Secret,
    Url,
    Block,
    Name,
    /// A name behind a title, where nothing else is.
    Titled,
}

impl Fits {
    pub(crate) fn takes(self, class: Class) -> bool {
        match self {
            Fits::Named => !matches!(class, Class::Block | Class::Name),
            Fits::Mail => class == Class::Mail,
            Fits::Phone => class == Class::Phone,
            Fits::Address => class == Class::Address,
            Fits::Hardware => class == Class::Hardware,
            Fits::Secret => class == Class::Secret,
            Fits::Url => class == Class::Url,
            Fits::Block => class == Class::Block,
            Fits::Name | Fits::Titled => class == Class::Name,
        }
    }
}

const fn template(
    (source, name, language): (&'static str, &'static str, &'static str),
    fits: Fits,
    (field, text): (&'static str, &'static str),
) -> Template {
    Template { source, name, fits, language, field, text }
}

/// All texts.
pub(crate) fn all() -> impl Iterator<Item = &'static Template> {
    [cloud::TEMPLATES, services::TEMPLATES, hosts::TEMPLATES, people::TEMPLATES].into_iter().flatten()
}
