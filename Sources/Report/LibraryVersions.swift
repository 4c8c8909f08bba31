internal import CMarkGFM

/// The versions of the system libraries that reports are read with.
public enum LibraryVersions {
    public static var ofReport: [String: String] {
        ["cmark-gfm": String(cString: cmark_version_string())]
    }
}
