public import Foundation

/// Where trained models are kept between renders. Losing it costs time and no result.
public enum CacheFolder {
    /// `$XDG_CACHE_HOME/offprint`, or `~/.cache/offprint` where that is unset or not absolute, as the XDG base
    /// directory specification says.
    public static func path(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/offprint" }
        let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory()
        return home + "/.cache/offprint"
    }

    /// The trained model of a run, by its key.
    public static func modelPath(key: String, in folder: String = path()) -> String {
        "\(folder)/models/\(key).safetensors"
    }

    /// Where a run keeps its checkpoints until it has finished, by its key. May be deleted at any time.
    public static func checkpointFolder(key: String, in folder: String = path()) -> String {
        "\(folder)/checkpoints/\(key)"
    }
}
