#if os(Linux)
internal import Foundation

/// What only Linux can be asked this way.
enum SystemFacts {
    /// The processor's own name; ARM processors have none here and are named by architecture.
    static var processor: String? {
        guard let text = file("/proc/cpuinfo") else { return nil }
        for name in ["model name", "Model", "cpu model"] {
            if let value = value(of: name, separator: ":", in: text) { return value }
        }
        #if arch(arm64)
        return "ARM64"
        #elseif arch(x86_64)
        return "x86-64"
        #else
        return nil
        #endif
    }

    /// `Debian GNU/Linux 12`
    static var system: String? {
        guard let text = file("/etc/os-release"), let name = value(of: "NAME", separator: "=", in: text) else {
            return nil
        }
        guard let version = value(of: "VERSION_ID", separator: "=", in: text) else { return name }
        return "\(name) \(version)"
    }

    /// The model of the first NVIDIA card whose driver is loaded.
    static var gpu: String? {
        let folder = "/proc/driver/nvidia/gpus"
        guard let cards = try? FileManager.default.contentsOfDirectory(atPath: folder), let first = cards.sorted().first
        else { return nil }
        return file("\(folder)/\(first)/information").flatMap { value(of: "Model", separator: ":", in: $0) } ?? "NVIDIA"
    }

    /// The most memory the process has held so far, in bytes; `nil` once it has ended.
    static func peakMemory(of process: Int32) -> Int? {
        guard let text = file("/proc/\(process)/status"), let value = value(of: "VmHWM", separator: ":", in: text),
            let kilobytes = value.split(separator: " ").first.flatMap({ Int($0) })
        else { return nil }
        return kilobytes.multipliedReportingOverflow(by: 1024).partialValue
    }

    private static func value(of name: String, separator: Character, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: separator, maxSplits: 1)
            guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else { continue }
            let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
            return value.isEmpty ? nil : value
        }
        return nil
    }

    private static func file(_ path: String) -> String? {
        // These files report a size of zero, so they are read to their end and not by size.
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
#endif
