//! Titles of windows and pages, down to the application.
//!
//! Applications put their name last: `Dismissal of Ann.docx - Microsoft Word`. The last part stays if it is the name
//! of a known application; anything else becomes `Other`, since the last part of a page's title may say anything.

const SEPARATORS: [&str; 4] = [" - ", " — ", " – ", " | "];

/// What titles become that end in no known application.
pub(crate) const OTHER: &str = "Other";

/// The application of a title.
pub(crate) fn application(title: &str) -> &'static str {
    let behind = |separator: &&str| title.rfind(*separator).map_or(0, |at| at + separator.len());
    let last = title.get(SEPARATORS.iter().map(behind).max().unwrap_or(0)..).unwrap_or_default().trim();
    let known = |name: &str| KNOWN.binary_search(&name).ok().and_then(|at| KNOWN.get(at)).copied();
    // Edge puts a blank of no width into its name, Firefox a remark behind it.
    let remark = last.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    known(last)
        .or_else(|| remark.and_then(|(name, _)| known(name)))
        .or_else(|| known(&last.replace(['\u{200b}', '\u{200e}', '\u{a0}'], "")))
        .or_else(|| known(&last.replace(['\u{200b}', '\u{200e}'], "").replace('\u{a0}', " ")))
        .unwrap_or(OTHER)
}

/// Sorted.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "1Password", "Adobe Acrobat", "Adobe Acrobat Pro", "Adobe Acrobat Reader", "Adobe Acrobat Reader DC",
    "Adobe Illustrator", "Adobe InDesign", "Adobe Photoshop", "Adobe Premiere Pro", "Adobe Reader", "Android Studio",
    "Asana", "Atom", "AutoCAD", "Azure DevOps", "Bitbucket", "Bitwarden", "Blender", "Brave", "CLion", "Calculator",
    "Calendar", "Canva", "Chromium", "Cisco Webex", "Citrix Workspace", "Command Prompt", "Confluence", "DBeaver",
    "DataGrip", "Discord", "Docker Desktop", "Dropbox", "Eclipse", "Eclipse IDE", "Editor", "Evernote", "Excel",
    "Explorer", "Figma", "File Explorer", "FileZilla", "Finder", "Firefox", "GIMP", "GitHub", "GitHub Desktop",
    "GitLab", "Gmail", "GoLand", "Google Calendar", "Google Chat", "Google Chrome", "Google Docs", "Google Drive",
    "Google Forms", "Google Maps", "Google Meet", "Google Search", "Google Sheets", "Google Slides",
    "Google Translate", "HubSpot", "IntelliJ IDEA", "Internet Explorer", "Jira", "KeePass", "KeePassXC", "Keynote",
    "LibreOffice Calc", "LibreOffice Draw", "LibreOffice Impress", "LibreOffice Writer", "LinkedIn", "Lotus Notes",
    "MATLAB", "Mail", "Microsoft Access", "Microsoft Azure", "Microsoft Edge", "Microsoft Excel", "Microsoft Forms",
    "Microsoft Internet Explorer", "Microsoft Loop", "Microsoft OneNote", "Microsoft Outlook", "Microsoft Planner",
    "Microsoft PowerPoint", "Microsoft Project", "Microsoft Publisher", "Microsoft SQL Server Management Studio",
    "Microsoft SharePoint", "Microsoft Store", "Microsoft Teams", "Microsoft To Do", "Microsoft Visio",
    "Microsoft Visual Studio", "Microsoft Whiteboard", "Microsoft Word", "Miro", "Mozilla Firefox",
    "Mozilla Thunderbird", "Nextcloud", "Notepad", "Notepad++", "Notion", "Numbers", "OneDrive", "OneNote", "Opera",
    "Oracle SQL Developer", "Outlook", "Outlook on the web", "Pages", "Paint", "Photos", "Postman",
    "Power BI Desktop", "PowerPoint", "PowerShell", "Preview", "PuTTY", "PyCharm", "QGIS", "RStudio",
    "Remote Desktop Connection", "Rider", "SAP GUI", "SAP Logon", "Safari", "Salesforce", "ServiceNow", "Settings",
    "SharePoint", "Signal", "Skype", "Skype for Business", "Slack", "Snipping Tool", "SolidWorks", "Spotify",
    "Sublime Text", "Tableau", "Task Manager", "TeamViewer", "Telegram", "Terminal", "Thunderbird", "Tor Browser",
    "Trello", "VLC media player", "VMware Workstation", "Visual Studio", "Visual Studio Code", "Vivaldi", "WebStorm",
    "Webex", "WhatsApp", "WhatsApp Web", "Wikipedia", "WinSCP", "Windows Explorer", "Windows Media Player",
    "Windows PowerShell", "Windows Terminal", "Wireshark", "Word", "WordPad", "WordPress", "Xcode", "YouTube",
    "Zendesk", "Zoom", "Zoom Meeting", "Zoom Workplace", "draw.io", "iTerm2", "monday.com", "phpMyAdmin",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(KNOWN.is_sorted());
        assert!(KNOWN.iter().all(|name| application(name) == *name));
    }

    #[test]
    fn only_a_known_application_stays() {
        let cases = [
            ("Dismissal of Ann.docx - Microsoft Word", "Microsoft Word"),
            ("Inbox - ann@example.com - Outlook", "Outlook"),
            ("Chat | Ann Smith | Microsoft Teams", "Microsoft Teams"),
            ("Home and 3 more pages - Profile 1 - Microsoft\u{200b} Edge", "Microsoft Edge"),
            ("Symptoms — Mozilla Firefox (Private Browsing)", "Mozilla Firefox"),
            ("Symptoms - Google Chrome", "Google Chrome"),
            ("main.rs - tamis - Visual Studio Code", "Visual Studio Code"),
            ("Slack", "Slack"),
            ("Other", "Other"),
            ("Salary - Ann Smith", "Other"),
            ("Microsoft Word - Ann", "Other"),
            ("A love letter to Microsoft Word", "Other"),
            ("Ann-Slack", "Other"),
            (" - ", "Other"),
        ];
        for (title, expected) in cases {
            assert_eq!(application(title), expected, "{title}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_before_makes_no_difference(a in ".{0,20}", b in ".{0,20}", name in 0..KNOWN.len()) {
            let title = |before: &str| application(&format!("{before} - {}", KNOWN[name]));
            prop_assert_eq!(title(&a), title(&b));
        }

        #[test]
        fn twice_is_once(title in ".{0,30}") {
            prop_assert_eq!(application(application(&title)), application(&title));
        }
    }
}
