//! What shipped packs write in English and no notice leaves so: their titles, and who holds a list or a share.

use super::Lang;

/// A name in English, German, Spanish, French and Italian.
const NAMES: [[&str; 5]; 31] = [
    ["Everywhere", "Überall", "En todas partes", "Partout", "Ovunque"],
    ["European Union", "Europäische Union", "Unión Europea", "Union européenne", "Unione europea"],
    ["Other countries", "Andere Länder", "Otros países", "Autres pays", "Altri paesi"],
    ["Austria", "Österreich", "Austria", "Autriche", "Austria"],
    ["Australia", "Australien", "Australia", "Australie", "Australia"],
    ["New South Wales", "Neusüdwales", "Nueva Gales del Sur", "Nouvelle-Galles du Sud", "Nuovo Galles del Sud"],
    ["Brazil", "Brasilien", "Brasil", "Brésil", "Brasile"],
    ["Canada, federal", "Kanada, Bund", "Canadá, federal", "Canada, fédéral", "Canada, federale"],
    ["Québec", "Québec", "Quebec", "Québec", "Québec"],
    ["Switzerland", "Schweiz", "Suiza", "Suisse", "Svizzera"],
    ["China", "China", "China", "Chine", "Cina"],
    ["Germany", "Deutschland", "Alemania", "Allemagne", "Germania"],
    ["Spain", "Spanien", "España", "Espagne", "Spagna"],
    ["Finland", "Finnland", "Finlandia", "Finlande", "Finlandia"],
    ["France", "Frankreich", "Francia", "France", "Francia"],
    ["India", "Indien", "India", "Inde", "India"],
    ["Italy", "Italien", "Italia", "Italie", "Italia"],
    ["Japan", "Japan", "Japón", "Japon", "Giappone"],
    ["South Korea", "Südkorea", "Corea del Sur", "Corée du Sud", "Corea del Sud"],
    ["The Netherlands", "Niederlande", "Países Bajos", "Pays-Bas", "Paesi Bassi"],
    ["Poland", "Polen", "Polonia", "Pologne", "Polonia"],
    ["Portugal", "Portugal", "Portugal", "Portugal", "Portogallo"],
    ["Singapore", "Singapur", "Singapur", "Singapour", "Singapore"],
    ["United Kingdom", "Vereinigtes Königreich", "Reino Unido", "Royaume-Uni", "Regno Unito"],
    ["South Africa", "Südafrika", "Sudáfrica", "Afrique du Sud", "Sudafrica"],
    [
        "United States, federal",
        "Vereinigte Staaten, Bund",
        "Estados Unidos, federal",
        "États-Unis, fédéral",
        "Stati Uniti, federale",
    ],
    ["California", "Kalifornien", "California", "Californie", "California"],
    ["New York", "New York", "Nueva York", "New York", "New York"],
    ["Ontario", "Ontario", "Ontario", "Ontario", "Ontario"],
    ["works council", "Betriebsrat", "comité de empresa", "comité d'entreprise", "consiglio aziendale"],
    [
        "data protection officer",
        "Datenschutzbeauftragter",
        "delegado de protección de datos",
        "délégué à la protection des données",
        "responsabile della protezione dei dati",
    ],
];

/// A name in a language; one that ships with no pack stays as it is written.
pub(in super::super) fn named(name: &str, lang: Lang) -> &str {
    let column = match lang {
        Lang::En => return name,
        Lang::De => 1,
        Lang::Es => 2,
        Lang::Fr => 3,
        Lang::It => 4,
    };
    NAMES.iter().find(|[english, ..]| *english == name).map_or(name, |names| names[column])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_packs_are_told_in_the_language() {
        assert_eq!(named("Germany", Lang::Fr), "Allemagne");
        assert_eq!(named("Germany", Lang::En), "Germany");
        assert_eq!(named("works council", Lang::Es), "comité de empresa");
        assert_eq!(named("Atelier Lyon SA", Lang::De), "Atelier Lyon SA");
    }
}
