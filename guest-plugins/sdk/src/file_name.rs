//! File names: which part is the type.

use crate::bytes::same;

/// The type at the end of a file name and where its dot stands: `(6, "docx")` of `report.docx`.
///
/// Only types that are in wide use count: what stands behind the last dot may be anything, a surname in
/// `anna.smith` too. A name that begins with its only dot (`.profile`) has no type.
///
/// ```
/// use tamis_plugin_sdk::file_name::extension;
/// assert_eq!(extension("report.v2.DOCX"), Some((9, "DOCX")));
/// assert_eq!(extension("anna.smith"), None);
/// assert_eq!(extension(".pdf"), None);
/// ```
pub fn extension(name: &str) -> Option<(usize, &str)> {
    let (mut lower, mut sum, mut length) = ([0; LONGEST], 0, 0);
    // From the end, to the dot or to more than any type has.
    let mut bytes = name.bytes().rev();
    loop {
        match bytes.next()? {
            b'.' => break,
            byte => {
                let byte = byte.to_ascii_lowercase();
                *lower.get_mut(LONGEST.checked_sub(length + 1)?)? = byte;
                sum = mixed(sum, byte);
                length += 1;
            }
        }
    }
    let dot = bytes.len();
    let lower = lower.get(LONGEST - length..).filter(|lower| dot > 0 && !lower.is_empty())?;
    let mut at = begin(sum);
    while let Some(known) = PLACES.get(at).and_then(|number| KNOWN.get(usize::from(*number))) {
        if same(known.as_bytes(), lower) {
            return Some((dot, name.get(dot + 1..)?));
        }
        at = (at + 1) % PLACES.len();
    }
    None
}

/// Bytes of the longest types.
const LONGEST: usize = 12;

const fn mixed(sum: u32, byte: u8) -> u32 {
    (sum ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// Where to begin to look for a type.
const fn begin(sum: u32) -> usize {
    (sum.wrapping_mul(0x9e37_79b1) >> 16) as usize % PLACES.len()
}

/// Where the types stand in their table, at the place that a sum over their bytes gives, the last one first, or soon
/// behind it.
static PLACES: [u16; 1024] = {
    let mut places = [u16::MAX; 1024];
    let mut number = 0;
    while number < KNOWN.len() {
        let text = KNOWN[number].as_bytes();
        let (mut sum, mut at) = (0, text.len());
        while at > 0 {
            at -= 1;
            sum = mixed(sum, text[at]);
        }
        let mut place = begin(sum);
        while places[place] != u16::MAX {
            place = (place + 1) % places.len();
        }
        places[place] = number as u16;
        number += 1;
    }
    places
};

/// Sorted.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "3gp", "3mf", "7z", "a", "aab", "aac", "accdb", "ai", "aif", "aiff", "apk", "appx", "arj", "asc", "ashx", "asmx",
    "asp", "aspx", "atom", "aup", "avi", "avro", "ax", "azw3", "bak", "bas", "bash", "bat", "bib", "bin", "blend",
    "bmp", "bz2", "c", "cab", "cap", "cc", "cdr", "cer", "cfg", "cgi", "cjs", "class", "cls", "cmake", "cmd", "com",
    "conf", "config", "cpio", "cpl", "cpp", "cr2", "crdownload", "crt", "cs", "csproj", "csr", "css", "csv", "cxx",
    "dat", "db", "db3", "dbf", "deb", "der", "desktop", "djvu", "dll", "dmg", "dmp", "dng", "doc", "dockerfile",
    "docm", "docx", "dot", "dotm", "dotx", "drawio", "drv", "dta", "dump", "dwg", "dxf", "dylib", "ear", "efi", "ejs",
    "eml", "emlx", "env", "eot", "eps", "epub", "etl", "evt", "evtx", "exe", "fbx", "feather", "fig", "fish", "flac",
    "fluid", "flv", "gdoc", "geojson", "gif", "glb", "gltf", "go", "gpg", "gpx", "gradle", "graphql", "groovy",
    "gsheet", "gslides", "gz", "h", "h5", "har", "hcl", "hdf5", "heic", "heif", "hpp", "htm", "html", "ico", "ics",
    "ifc", "iges", "igs", "img", "indd", "inf", "ini", "ipa", "ipynb", "iso", "j2", "jar", "java", "jfif", "jks",
    "jpe", "jpeg", "jpg", "js", "json", "jsonl", "jsp", "jspx", "jsx", "kdbx", "key", "keynote", "keystore", "kml",
    "kmz", "kt", "kts", "ldf", "ldif", "less", "lib", "lnk", "lock", "log", "loop", "lua", "lz4", "m", "m4a", "m4v",
    "manifest", "map", "markdown", "mat", "mbox", "md", "mdb", "mdf", "mdmp", "mht", "mhtml", "mid", "midi", "mjs",
    "mk", "mkv", "mm", "mo", "mobi", "mov", "mp3", "mp4", "mpeg", "mpg", "mpp", "msg", "msi", "msix", "msp", "msu",
    "mui", "nc", "ndjson", "nef", "nfo", "numbers", "o", "obj", "ocx", "odb", "odf", "odg", "odp", "ods", "odt",
    "ogg", "one", "onepkg", "onetoc2", "opus", "orc", "orig", "ost", "otf", "ots", "ott", "ova", "ovf", "ovpn", "owl",
    "oxps", "p12", "p7b", "p7m", "p7s", "pages", "parquet", "part", "partial", "pcap", "pcapng", "pdb", "pdf", "pem",
    "pf", "pfx", "pgp", "php", "pid", "pkg", "pl", "plist", "pm", "png", "po", "pot", "potx", "pps", "ppsx", "ppt",
    "pptm", "pptx", "properties", "proto", "ps", "ps1", "ps1xml", "psd", "psd1", "psm1", "pst", "pub", "py", "pyc",
    "pyd", "qcow2", "r", "rar", "raw", "rb", "rdata", "rdf", "rdp", "rds", "reg", "resx", "rpm", "rpmsg", "rs", "rss",
    "rst", "rtf", "rvt", "sas7bdat", "sav", "scala", "scr", "scss", "sh", "shp", "sig", "sketch", "skp", "sln", "so",
    "sql", "sqlite", "sqlite3", "srt", "step", "stl", "stp", "strings", "sty", "svg", "swift", "swp", "sys", "tar",
    "temp", "template", "tex", "text", "tf", "tfstate", "tfvars", "tgz", "thmx", "thrift", "tif", "tiff", "tmp",
    "tmpl", "toml", "torrent", "tpl", "ts", "tsv", "tsx", "ttf", "ttl", "txt", "url", "vb", "vba", "vbe", "vbs",
    "vcf", "vhd", "vhdx", "vmdk", "vsd", "vsdm", "vsdx", "vtt", "vue", "war", "wasm", "wav", "webloc", "webm", "webp",
    "whiteboard", "wma", "wmv", "woff", "woff2", "wpd", "wps", "wsdl", "xcf", "xhtml", "xls", "xlsb", "xlsm", "xlsx",
    "xlt", "xltm", "xltx", "xml", "xps", "xsd", "xsl", "xslt", "xz", "yaml", "yml", "z", "zip", "zsh", "zst",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_lower_case_and_short() {
        assert!(KNOWN.is_sorted_by(|a, b| a < b));
        for known in KNOWN {
            assert!(known.len() <= 12 && known.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            assert_eq!(extension(&format!("a.{known}")), Some((1, *known)));
        }
    }

    /// The same said with the table alone.
    fn slow(name: &str) -> Option<(usize, &str)> {
        let dot = name.rfind('.').filter(|dot| *dot > 0)?;
        Some((dot, &name[dot + 1..])).filter(|(_, end)| KNOWN.contains(&end.to_ascii_lowercase().as_str()))
    }

    #[test]
    fn any_end_is_looked_up_as_in_the_table() {
        let ends = KNOWN.iter().flat_map(|known| [known.to_ascii_uppercase(), format!("{known}x"), known[1..].into()]);
        for end in ends.chain(["dockerfiledockerfile".into(), "dockerfile.pdf".into(), "pdf.".into()]) {
            for name in [format!("a.{end}"), format!(".{end}"), format!("é.a.{end}"), end] {
                assert_eq!(extension(&name), slow(&name), "{name}");
            }
        }
    }

    #[test]
    fn what_is_no_type_is_none() {
        for name in [
            "", ".", "a.", "noext", ".bashrc", ".pdf", "john.doe", "a.ünï", "a.1", "docx", "a.docx ", "a.pdf\0",
            "a.x.\0",
        ] {
            assert_eq!(extension(name), None, "{name}");
        }
    }
}
