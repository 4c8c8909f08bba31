#if canImport(Darwin)
internal import Darwin
internal import Foundation

/// What only Darwin can be asked this way.
enum SystemFacts {
    static var processor: String? { text("machdep.cpu.brand_string") }

    static var system: String? {
        let version = ProcessInfo.processInfo.operatingSystemVersion
        return "macOS \(version.majorVersion).\(version.minorVersion)"
    }

    /// Networks run on the processor only, and every Apple processor has a graphics part: none is reported.
    static var gpu: String? { nil }

    /// The most memory the process has held so far, in bytes; `nil` once it has ended.
    static func peakMemory(of process: Int32) -> Int? {
        var usage = rusage_info_v4()
        let result = withUnsafeMutablePointer(to: &usage) { pointer in
            pointer.withMemoryRebound(to: rusage_info_t?.self, capacity: 1) {
                proc_pid_rusage(process, RUSAGE_INFO_V4, $0)
            }
        }
        return result == 0 ? Int(clamping: usage.ri_lifetime_max_phys_footprint) : nil
    }

    private static func text(_ name: String) -> String? {
        var size = 0
        guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
#endif
