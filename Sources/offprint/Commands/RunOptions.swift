import ArgumentParser
import Report

/// What every command that trains is told: the experiment, its data and parameters, and how much runs at a time.
struct RunOptions: ParsableArguments {
    @Argument(help: "The experiment file.") var file: String
    @Option(help: "Where data sets are looked for first.") var dataDir: String?
    @Option(name: .customShort("P"), help: "Sets a parameter of the front matter: name=value.") var parameters: [String] = []
    @Option(help: "Runs at a time.") var jobs: Int = 1
    @Option(help: "Threads of each run; the cores of the machine where nothing is said.") var threads: Int?

    /// The threads of each run.
    /// - Throws: `Status.badInput`, said, for numbers of threads or jobs that cannot be.
    func checkedThreads(_ printer: DiagnosticPrinter) throws -> Int {
        let threads = try Threads.checked(threads)
        guard (1...256).contains(jobs) else {
            printer.print(error: "--jobs must be from 1 to 256, not \(jobs)")
            throw Status.badInput.exit
        }
        return threads
    }

    /// The experiment, once the instruction set that children will use is known to be there.
    func open(_ printer: DiagnosticPrinter) throws -> ExperimentFile {
        _ = try InstructionSetChoice.current()
        return try ExperimentFile.open(file, parameters: parameters, dataFolder: dataDir, printer: printer)
    }
}
