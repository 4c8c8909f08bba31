import ArgumentParser
import Kernels
import Networks
import Plot
import Report

/// `offprint version [--json]`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "The tool, its compiler, its instruction set and its libraries.")

    @Flag(help: "One JSON object on one line.") var json = false

    func run() throws {
        let set = try InstructionSetChoice.current()
        let version = Version(
            tool: ToolVersion.current, numeric_version: NumericVersion.current, compiler: Machine.current.compiler,
            instruction_set: set.rawValue, available_instruction_sets: InstructionSet.available.map(\.rawValue),
            libraries: LibraryVersions.ofReport)
        if json { return try JSONLine.print(version) }
        print("offprint \(version.tool) (results version \(version.numeric_version))")
        print("compiler: \(version.compiler)")
        print("instruction set: \(version.instruction_set) (this processor runs \(commaSeparated(version.available_instruction_sets)))")
        for (name, number) in version.libraries.sorted(by: { $0.key < $1.key }) { print("\(name): \(number)") }
    }

    /// Named as in JSON.
    private struct Version: Encodable {
        var tool: String
        var numeric_version: Int
        var compiler: String
        var instruction_set: String
        var available_instruction_sets: [String]
        var libraries: [String: String]
    }
}
