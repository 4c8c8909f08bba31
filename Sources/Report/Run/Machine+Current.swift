internal import Foundation

extension Machine {
    /// This machine, as far as it matters to a timing. Never its host name.
    public static var current: Machine {
        let processor = SystemFacts.processor ?? "unknown processor"
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return Machine(
            name: fileName(processor: processor, cores: cores), processor: processor, cores: cores,
            system: SystemFacts.system ?? ProcessInfo.processInfo.operatingSystemVersionString,
            compiler: compilerVersion, gpu: SystemFacts.gpu)
    }

    /// The most memory this process has held so far, in bytes.
    public static var peakMemory: Int? { SystemFacts.peakMemory(of: getpid()) }

    /// `AMD EPYC 7B13 64-Core Processor` and 2 give `amd-epyc-7b13-2-cores`.
    static func fileName(processor: String, cores: Int) -> String {
        var text = processor.lowercased()
        if let clock = text.firstIndex(of: "@") { text = String(text[..<clock]) }
        for mark in ["(r)", "(tm)", "(c)"] { text = text.replacingOccurrences(of: mark, with: " ") }
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }
            .map(String.init)
            .filter { !["cpu", "processor"].contains($0) && !$0.hasSuffix("-core") }
        let name = words.flatMap { $0.split(separator: "-") }.joined(separator: "-")
        return "\(name.isEmpty ? "unknown" : name)-\(cores)-core\(cores == 1 ? "" : "s")"
    }

    /// The compiler does not hand its version to the program; these are the versions that matter to us.
    private static var compilerVersion: String {
        #if compiler(>=6.4)
        "Swift 6.4 or newer"
        #elseif compiler(>=6.3.1)
        "Swift 6.3.1"
        #elseif compiler(>=6.3)
        "Swift 6.3"
        #elseif compiler(>=6.2)
        "Swift 6.2"
        #else
        "Swift 6.1"
        #endif
    }
}
