//! File names: which part is the type.

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
    let bytes = name.as_bytes();
    // No type has more bytes than fit this.
    let from = bytes.len().saturating_sub(LONGEST + 1);
    let dot = from + bytes.get(from..)?.iter().rposition(|byte| *byte == b'.')?;
    let end = bytes.get(dot + 1..).filter(|end| dot > 0 && !end.is_empty())?;
    let key = end.iter().fold(0, |key, byte| key << 8 | u128::from(byte.to_ascii_lowercase()));
    // As wide as the longest, so that keys are ordered as their texts are; the length tells zeros from nothing.
    let key = key << (8 * (LONGEST - end.len())) << 8 | end.len() as u128;
    KEYS.binary_search(&key).ok()?;
    Some((dot, name.get(dot + 1..)?))
}

const LONGEST: usize = 12;

/// The known types as numbers.
static KEYS: [u128; KNOWN.len()] = {
    let mut keys = [0; KNOWN.len()];
    let mut number = 0;
    while number < keys.len() {
        let text = KNOWN[number].as_bytes();
        let mut at = 0;
        while at < LONGEST {
            keys[number] = keys[number] << 8 | if at < text.len() { text[at] as u128 } else { 0 };
            at += 1;
        }
        keys[number] = keys[number] << 8 | text.len() as u128;
        number += 1;
    }
    keys
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
        assert!(KNOWN.is_sorted() && KEYS.is_sorted());
        for known in KNOWN {
            assert!(known.len() <= 12 && known.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            assert_eq!(extension(&format!("a.{known}")), Some((1, *known)));
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
