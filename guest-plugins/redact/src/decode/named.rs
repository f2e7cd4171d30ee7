//! Characters with a name in HTML that matter where values are looked for: signs, blanks, and the letters of Latin-1 and Latin Extended-A.
//! The host reads this file too, so that all who look for values decode alike.

/// Names without their `&` and `;`, sorted by bytes. (HTML Living Standard, section 13.5)
#[rustfmt::skip]
const NAMED: [(&str, char); 229] = [
    ("AElig", 'Æ'), ("Aacute", 'Á'), ("Abreve", 'Ă'), ("Acirc", 'Â'), ("Agrave", 'À'), ("Amacr", 'Ā'), ("Aogon", 'Ą'),
    ("Aring", 'Å'), ("Atilde", 'Ã'), ("Auml", 'Ä'), ("Cacute", 'Ć'), ("Ccaron", 'Č'), ("Ccedil", 'Ç'), ("Ccirc", 'Ĉ'),
    ("Cdot", 'Ċ'), ("Dcaron", 'Ď'), ("Dstrok", 'Đ'), ("ENG", 'Ŋ'), ("ETH", 'Ð'), ("Eacute", 'É'), ("Ecaron", 'Ě'),
    ("Ecirc", 'Ê'), ("Edot", 'Ė'), ("Egrave", 'È'), ("Emacr", 'Ē'), ("Eogon", 'Ę'), ("Euml", 'Ë'), ("Gbreve", 'Ğ'),
    ("Gcedil", 'Ģ'), ("Gcirc", 'Ĝ'), ("Gdot", 'Ġ'), ("Hcirc", 'Ĥ'), ("Hstrok", 'Ħ'), ("IJlig", 'Ĳ'), ("Iacute", 'Í'),
    ("Icirc", 'Î'), ("Idot", 'İ'), ("Igrave", 'Ì'), ("Imacr", 'Ī'), ("Iogon", 'Į'), ("Itilde", 'Ĩ'), ("Iuml", 'Ï'),
    ("Jcirc", 'Ĵ'), ("Kcedil", 'Ķ'), ("Lacute", 'Ĺ'), ("Lcaron", 'Ľ'), ("Lcedil", 'Ļ'), ("Lmidot", 'Ŀ'),
    ("Lstrok", 'Ł'), ("Nacute", 'Ń'), ("Ncaron", 'Ň'), ("Ncedil", 'Ņ'), ("NewLine", '\n'), ("NonBreakingSpace", ' '),
    ("Ntilde", 'Ñ'), ("OElig", 'Œ'), ("Oacute", 'Ó'), ("Ocirc", 'Ô'), ("Odblac", 'Ő'), ("Ograve", 'Ò'), ("Omacr", 'Ō'),
    ("Oslash", 'Ø'), ("Otilde", 'Õ'), ("Ouml", 'Ö'), ("Racute", 'Ŕ'), ("Rcaron", 'Ř'), ("Rcedil", 'Ŗ'), ("Sacute", 'Ś'),
    ("Scaron", 'Š'), ("Scedil", 'Ş'), ("Scirc", 'Ŝ'), ("THORN", 'Þ'), ("Tab", '\t'), ("Tcaron", 'Ť'), ("Tcedil", 'Ţ'),
    ("Tstrok", 'Ŧ'), ("Uacute", 'Ú'), ("Ubreve", 'Ŭ'), ("Ucirc", 'Û'), ("Udblac", 'Ű'), ("Ugrave", 'Ù'), ("Umacr", 'Ū'),
    ("Uogon", 'Ų'), ("Uring", 'Ů'), ("Utilde", 'Ũ'), ("Uuml", 'Ü'), ("Wcirc", 'Ŵ'), ("Yacute", 'Ý'), ("Ycirc", 'Ŷ'),
    ("Yuml", 'Ÿ'), ("Zacute", 'Ź'), ("Zcaron", 'Ž'), ("Zdot", 'Ż'), ("ZeroWidthSpace", '\u{200b}'), ("aacute", 'á'),
    ("abreve", 'ă'), ("acirc", 'â'), ("aelig", 'æ'), ("agrave", 'à'), ("amacr", 'ā'), ("amp", '&'), ("angst", 'Å'),
    ("aogon", 'ą'), ("apos", '\''), ("aring", 'å'), ("ast", '*'), ("atilde", 'ã'), ("auml", 'ä'), ("bsol", '\\'),
    ("cacute", 'ć'), ("ccaron", 'č'), ("ccedil", 'ç'), ("ccirc", 'ĉ'), ("cdot", 'ċ'), ("colon", ':'), ("comma", ','),
    ("commat", '@'), ("dash", '-'), ("dcaron", 'ď'), ("dollar", '$'), ("dstrok", 'đ'), ("eacute", 'é'), ("ecaron", 'ě'),
    ("ecirc", 'ê'), ("edot", 'ė'), ("egrave", 'è'), ("emacr", 'ē'), ("emsp", ' '), ("eng", 'ŋ'), ("ensp", ' '),
    ("eogon", 'ę'), ("equals", '='), ("eth", 'ð'), ("euml", 'ë'), ("excl", '!'), ("gbreve", 'ğ'), ("gcirc", 'ĝ'),
    ("gdot", 'ġ'), ("gt", '>'), ("hairsp", ' '), ("hcirc", 'ĥ'), ("hstrok", 'ħ'), ("hyphen", '-'), ("iacute", 'í'),
    ("icirc", 'î'), ("igrave", 'ì'), ("ijlig", 'ĳ'), ("imacr", 'ī'), ("imath", 'ı'), ("inodot", 'ı'), ("iogon", 'į'),
    ("itilde", 'ĩ'), ("iuml", 'ï'), ("jcirc", 'ĵ'), ("kcedil", 'ķ'), ("kgreen", 'ĸ'), ("lacute", 'ĺ'), ("lcaron", 'ľ'),
    ("lcedil", 'ļ'), ("lmidot", 'ŀ'), ("lowbar", '_'), ("lpar", '('), ("lrm", '\u{200e}'), ("lsqb", '['),
    ("lstrok", 'ł'), ("lt", '<'), ("minus", '-'), ("nacute", 'ń'), ("napos", 'ŉ'), ("nbsp", ' '), ("ncaron", 'ň'),
    ("ncedil", 'ņ'), ("ntilde", 'ñ'), ("num", '#'), ("numsp", ' '), ("oacute", 'ó'), ("ocirc", 'ô'), ("odblac", 'ő'),
    ("oelig", 'œ'), ("ograve", 'ò'), ("omacr", 'ō'), ("ordf", 'ª'), ("ordm", 'º'), ("oslash", 'ø'), ("otilde", 'õ'),
    ("ouml", 'ö'), ("percnt", '%'), ("period", '.'), ("plus", '+'), ("quest", '?'), ("quot", '"'), ("racute", 'ŕ'),
    ("rcaron", 'ř'), ("rcedil", 'ŗ'), ("rlm", '\u{200f}'), ("rpar", ')'), ("rsqb", ']'), ("sacute", 'ś'),
    ("scaron", 'š'), ("scedil", 'ş'), ("scirc", 'ŝ'), ("semi", ';'), ("shy", '\u{ad}'), ("sol", '/'), ("szlig", 'ß'),
    ("tcaron", 'ť'), ("tcedil", 'ţ'), ("thinsp", ' '), ("thorn", 'þ'), ("tstrok", 'ŧ'), ("uacute", 'ú'),
    ("ubreve", 'ŭ'), ("ucirc", 'û'), ("udblac", 'ű'), ("ugrave", 'ù'), ("umacr", 'ū'), ("uogon", 'ų'), ("uring", 'ů'),
    ("utilde", 'ũ'), ("uuml", 'ü'), ("wcirc", 'ŵ'), ("yacute", 'ý'), ("ycirc", 'ŷ'), ("yuml", 'ÿ'), ("zacute", 'ź'),
    ("zcaron", 'ž'), ("zdot", 'ż'), ("zwj", '\u{200d}'), ("zwnj", '\u{200c}'),
];

/// Letters of the longest name.
pub(super) const LONGEST: usize = 16;

/// The character of a name.
pub(super) fn named(name: &[u8]) -> Option<char> {
    let place = NAMED.binary_search_by_key(&name, |(name, _)| name.as_bytes()).ok()?;
    NAMED.get(place).map(|(_, c)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(NAMED.is_sorted_by(|one, other| one.0 < other.0));
        assert!(NAMED.iter().all(|(name, c)| named(name.as_bytes()) == Some(*c) && name.len() <= LONGEST));
        assert_eq!(named(b"ntilde"), Some('ñ'));
        assert_eq!(named(b"Ntild"), None);
    }
}
