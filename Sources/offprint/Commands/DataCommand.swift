import ArgumentParser
import Datasets
import Downloads
import Foundation
import Report

/// `offprint data list | fetch NAME | verify NAME [--data-dir DIR] [--json]`
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "The data sets: which there are, fetching them, and whether they are the official ones.",
        subcommands: [List.self, Fetch.self, Verify.self])

    /// What all three take.
    struct Options: ParsableArguments {
        @Option(help: "Where data sets are looked for first, and where they are fetched to.") var dataDir: String?
        @Flag(help: "One JSON object a line.") var json = false
    }

    // MARK: list

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every data set with a name, and where it is.")

        @OptionGroup var options: Options

        func run() throws {
            let folders = DataFolders.searched(options.dataDir)
            let lines = DatasetCatalog.all.map { Line($0, folders: folders) }
            if options.json {
                for line in lines { try JSONLine.print(line) }
                return
            }
            let rows = lines.map { line in
                [
                    line.name, line.title, "\(line.height)x\(line.width)x\(line.channels)", "\(line.classes)",
                    Quantities.count(line.training_images), Quantities.count(line.validation_images), line.place,
                ]
            }
            let header = ["name", "data set", "image", "classes", "training", "validation", "where"]
            print(TextTable(rows: [header] + rows, rightAligned: [3, 4, 5]).text)
        }

        /// Named as in JSON.
        private struct Line: Encodable {
            var name: String
            var title: String
            var height: Int
            var width: Int
            var channels: Int
            var classes: Int
            var training_images: Int
            var validation_images: Int
            /// Of what would be fetched.
            var bytes: Int
            var present: Bool
            /// Where they are, present or not.
            var files: [String]
            /// What is wrong with them.
            var problem: String?

            init(_ description: DatasetDescription, folders: [URL]) {
                name = description.name
                title = description.title
                height = description.height
                width = description.width
                channels = description.channels
                classes = description.classNames.count
                training_images = description.trainingCount
                validation_images = description.validationCount
                let origins = DatasetOrigin.files(of: name)
                bytes = origins.reduce(0) { $0 + $1.size }
                files = origins.map(\.name)
                present = true
                do throws(DatasetError) {
                    if case .files(let found) = try DatasetCatalog.locate(name, folders: folders) {
                        files = found.map(\.path)
                    }
                } catch {
                    present = false
                    if case .missingFiles = error {} else { problem = error.words }
                }
            }

            var place: String {
                if let problem { return problem }
                guard present else { return "not here; 'offprint data fetch \(name)' fetches \(Quantities.memory(bytes))" }
                guard let first = files.first else { return "built in" }
                return files.count == 1 ? first : URL(fileURLWithPath: first).deletingLastPathComponent().path
            }
        }
    }

    // MARK: fetch

    struct Fetch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Downloads a data set's files, going on where an earlier download ended.",
            discussion: """
                Files go to --data-dir, else $OFFPRINT_DATA, else the cache folder, and are checked by their published digests. \
                $OFFPRINT_MIRROR names a mirror that is asked before the official addresses.
                """)

        @Argument(help: "A data set, such as cifar10.") var name: String
        @OptionGroup var options: Options

        func run() async throws {
            let printer = DiagnosticPrinter(file: "", asJSON: options.json)
            let origins = try DataCommand.origins(of: name, printer)
            let fetcher = Fetcher(folder: DataFolders.target(options.dataDir))
            for origin in try origins.map(withMirror) {
                let display = FetchDisplay(file: origin.name, size: origin.size, quiet: options.json)
                let outcome: Fetcher.Outcome
                do throws(FetchError) {
                    outcome = try await fetcher.fetch(origin) { display.show($0) }
                } catch {
                    display.end()
                    printer.print(error: error.words)
                    throw (error.isWrongData ? Status.badInput : Status.fault).exit
                }
                display.end()
                let path = fetcher.folder.appendingPathComponent(origin.name).path
                if options.json {
                    try JSONLine.print(Line(file: path, fetched: outcome == .fetched, bytes: origin.size))
                } else {
                    print("\(path): \(outcome == .fetched ? "fetched" : "is here already")")
                }
            }
            if origins.isEmpty, !options.json { print("\(name) is built in and needs no files") }
        }

        private func withMirror(_ origin: OriginFile) throws -> OriginFile {
            guard let text = ProcessInfo.processInfo.environment["OFFPRINT_MIRROR"], !text.isEmpty else { return origin }
            guard let mirror = URL(string: text), ["http", "https"].contains(mirror.scheme), mirror.host != nil else {
                DiagnosticPrinter(file: "", asJSON: options.json).print(
                    error: "OFFPRINT_MIRROR=\(text) is no address of the form https://host/folder")
                throw Status.badInput.exit
            }
            return origin.preferring(mirror: mirror)
        }

        /// Named as in JSON.
        private struct Line: Encodable {
            var file: String
            var fetched: Bool
            var bytes: Int
        }
    }

    // MARK: verify

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says whether a data set's files are the official ones, and reads them to their end.")

        @Argument(help: "A data set, such as cifar10.") var name: String
        @OptionGroup var options: Options

        func run() throws {
            let printer = DiagnosticPrinter(file: "", asJSON: options.json)
            let origins = try DataCommand.origins(of: name, printer)
            let folders = DataFolders.searched(options.dataDir)
            var isOfficial = true
            do {
                if case .files(let files) = try DatasetCatalog.locate(name, folders: folders) {
                    for (origin, file) in zip(origins, files) {
                        let verdict = try Verifier.check(origin, file: file)
                        if case .different = verdict { isOfficial = false }
                        if options.json {
                            try JSONLine.print(Line(file: file.path, verdict: verdict.word, found: verdict.found))
                        } else {
                            print("\(file.path): \(verdict.words(origin))")
                        }
                    }
                }
                // Official or not: whether it can be trained on.
                let parts = try DatasetCatalog.open(
                    name, folders: folders, cacheFolder: DataFolders.cache, threads: Threads.standard)
                if !options.json {
                    print(
                        "\(name): \(Quantities.count(parts.training.count)) training and "
                            + "\(Quantities.count(parts.validation.count)) validation images can be read")
                }
            } catch let error as DatasetError {
                printer.print(error: error.words)
                throw Status.badInput.exit
            } catch let error as FetchError {
                printer.print(error: error.words)
                throw Status.badInput.exit
            }
            if !isOfficial { throw Status.badInput.exit }
        }

        /// Named as in JSON.
        private struct Line: Encodable {
            var file: String
            /// `official`, `official-content` or `different`.
            var verdict: String
            /// The digest of a different file.
            var found: String?
        }
    }

    /// - Throws: `Status.badInput` for an unknown data set, after saying so.
    private static func origins(of name: String, _ printer: DiagnosticPrinter) throws -> [OriginFile] {
        let known = DatasetCatalog.all.map(\.name)
        guard known.contains(name) else {
            printer.print(error: Problem.unknown(.dataset, name, among: known).words)
            throw Status.badInput.exit
        }
        return DatasetOrigin.files(of: name)
    }
}
