import ArgumentParser
import Foundation
import Report

/// The command line: reads arguments, calls the rooms, and puts what they return into words.
struct Offprint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offprint",
        abstract: "Executes a Markdown experiment file: trains its networks and renders its report.",
        version: ToolVersion.current,
        subcommands: [
            RenderCommand.self, PlanCommand.self, FigureCommand.self, VerifyCommand.self, DiffCommand.self,
            ExportCommand.self, PredictCommand.self, DataCommand.self, NetworksCommand.self, BenchCommand.self,
            VersionCommand.self, RunStepCommand.self, MeasureLayersCommand.self,
        ])
}

/// What the exit status of the program means. Other programs rely on the numbers.
enum Status: Int32 {
    case success = 0
    case fault = 1
    case cellFailed = 2
    case resultsDiffer = 3
    case badInput = 4
    case outOfBudget = 5

    /// Thrown by a command to end with this status, after it has said why.
    var exit: ExitCode { ExitCode(rawValue) }
}

@main
enum Main {
    static func main() async {
        // A reader that goes away (`offprint … | head`) is no fault of ours.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try Offprint.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            let isHelp = Offprint.exitCode(for: error) == .success
            let message = Offprint.fullMessage(for: error)
            if isHelp {
                print(message)
                exit(Status.success.rawValue)
            }
            StandardError.write(message)
            let isUsage = Offprint.exitCode(for: error) == .validationFailure
            exit(isUsage ? Status.badInput.rawValue : Status.fault.rawValue)
        }
    }
}

/// Standard error, line by line.
enum StandardError {
    static func write(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
