public import Foundation

/// The program under test, run as a user runs it.
public struct Program: Sendable {
    public let executable: URL

    public init(executable: URL) { self.executable = executable }

    /// What one run left behind.
    public struct Outcome: Sendable {
        public var status: Int32
        public var output: String
        public var errors: String
        public var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    /// The `offprint` built beside the running tests.
    public static func offprint() throws -> Program {
        let configurations = ["release", "debug"]
        var candidates = [URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()]
        candidates += configurations.map { packageRoot.appendingPathComponent(".build/\($0)") }
        for folder in candidates {
            let file = folder.appendingPathComponent("offprint")
            if FileManager.default.isExecutableFile(atPath: file.path) { return Program(executable: file) }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    /// Runs to the end; standard output and error are collected whole.
    public func run(
        _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil
    ) throws -> Outcome {
        try start(arguments, environment: environment, in: folder).wait()
    }

    /// Starts the program and returns at once.
    public func start(
        _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil
    ) throws -> RunningProgram {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        if let folder { process.currentDirectoryURL = folder }
        process.standardInput = FileHandle.nullDevice
        // Files and not pipes: nothing can block on a full pipe.
        let temporary = FileManager.default.temporaryDirectory
        let out = temporary.appendingPathComponent("offprint-out-\(UUID().uuidString)")
        let err = temporary.appendingPathComponent("offprint-err-\(UUID().uuidString)")
        for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        try process.run()
        return RunningProgram(process: process, output: out, errors: err)
    }
}

/// A program that was started and has not been waited for.
public struct RunningProgram {
    let process: Process
    let output: URL
    let errors: URL

    public var isRunning: Bool { process.isRunning }

    public func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end, and removes the files that collected what was written.
    public func wait() throws -> Program.Outcome {
        process.waitUntilExit()
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        return Program.Outcome(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
}
