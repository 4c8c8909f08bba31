import ArgumentParser
import Foundation
import Kernels
import Report

/// What a child process is started with: one step of a plan in, one result file out. A job of a cluster can call
/// it as well.
struct RunStepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-step", abstract: "Executes one step of a plan and writes its result.", shouldDisplay: false)

    @Argument(help: "The step, as the program wrote it.") var step: String
    @Argument(help: "Where the result goes.") var result: String

    func run() throws {
        let set = try InstructionSetChoice.current()
        try endChild { () throws(StoredFileError) in
            try ChildRunner.execute(
                stepPath: step, resultPath: result, instructionSet: set, clock: MonotonicClock.seconds,
                progress: { line in FileHandle.standardOutput.write(Data((line + "\n").utf8)) },
                words: { $0.words })
        }
    }
}

/// What a child process that measures the layers of one network is started with.
struct MeasureLayersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-layers", abstract: "Measures the layers of one network and writes the times.",
        shouldDisplay: false)

    @Argument(help: "The step, as the program wrote it.") var step: String
    @Argument(help: "Where the result goes.") var result: String

    func run() throws {
        let set = try InstructionSetChoice.current()
        try endChild { () throws(StoredFileError) in
            try LayerStep.execute(
                stepPath: step, resultPath: result, instructionSet: set, clock: MonotonicClock.seconds,
                words: { $0.words })
        }
    }
}

/// Ends a child process by its status: a fault where it could not even write its result.
/// - Parameter execute: returns whether the step succeeded.
private func endChild(_ execute: () throws(StoredFileError) -> Bool) throws {
    let finished: Bool
    do throws(StoredFileError) { finished = try execute() } catch {
        StandardError.write("offprint: error: \(error.words)")
        throw Status.fault.exit
    }
    if !finished { throw Status.cellFailed.exit }
}
