import Foundation
import TestSupport
import Testing

/// Dependencies run one way. The build system lets a module import what it only has through another, so
/// the sources are read.
@Suite struct RoomTests {
    /// What each room may import of ours and of other packages; system modules are free.
    static let allowed: [String: Set<String>] = [
        "Kernels": ["CKernels", "CFFTW"],
        "Datasets": ["CArchive", "CJPEG", "CPNG", "CZlib"],
        "Downloads": ["Datasets", "Crypto", "FoundationNetworking"],
        "Networks": ["Kernels", "Datasets"],
        "Exchange": ["Networks", "Kernels", "SwiftProtobuf"],
        "Plot": ["CCairo"],
        "Report": [
            "Networks", "Datasets", "Kernels", "Plot", "CMarkGFM", "Crypto", "Mustache", "Subprocess", "Yams",
        ],
        "offprint": ["Report", "Networks", "Kernels", "Datasets", "Downloads", "Exchange", "Plot", "ArgumentParser"],
    ]
    static let system: Set<String> = ["Foundation", "FoundationEssentials", "Synchronization", "Dispatch", "Glibc", "Darwin", "Musl", "SystemPackage", "System"]

    @Test(arguments: allowed.keys.sorted()) func roomImportsOnlyWhatTheDesignAllows(room: String) throws {
        let permitted = try #require(Self.allowed[room]).union(Self.system)
        for (file, module) in try imports(in: room) {
            #expect(permitted.contains(module), "\(file) imports \(module)")
        }
    }

    @Test func cairoTypesStayInTheOneFolderThatDraws() throws {
        for (file, module) in try imports(in: "Plot") where module == "CCairo" {
            #expect(file.contains("/Cairo/"), "\(file) imports CCairo")
        }
    }

    /// An experiment file is data: nothing that reads one can reach the network.
    @Test(arguments: allowed.keys.filter { $0 != "Downloads" && $0 != "offprint" }.sorted())
    func onlyDownloadsReachTheNetwork(room: String) throws {
        for file in try swiftFiles(in: room) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["URLSession", "URLRequest", "socket("] {
                #expect(!text.contains(word), "\(file.lastPathComponent) uses \(word)")
            }
        }
    }

    @Test func networksNeitherPrintsNorReadsAClock() throws {
        for file in try swiftFiles(in: "Networks") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["print(", "Date()", "ContinuousClock", "DispatchTime", "clock_gettime", "SystemRandomNumberGenerator"] {
                #expect(!text.contains(word), "\(file.lastPathComponent) uses \(word)")
            }
        }
    }

    @Test func noUnsafeFlagsInTheManifest() throws {
        let manifest = try String(contentsOf: packageRoot.appendingPathComponent("Package.swift"), encoding: .utf8)
        #expect(!manifest.contains("unsafeFlags"))
    }

    @Test func onlyTheKernelsHoldUnsafeMemoryOfTensors() throws {
        for file in try swiftFiles(in: "Networks") {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains("UnsafeMutablePointer<Float>"), "\(file.lastPathComponent)")
        }
    }

    private func imports(in room: String) throws -> [(file: String, module: String)] {
        try swiftFiles(in: room).flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
                var words = line.split(separator: " ").map(String.init)
                if let first = words.first, ["public", "package", "internal", "private", "fileprivate", "@preconcurrency"].contains(first) {
                    words.removeFirst()
                }
                guard words.count >= 2, words[0] == "import" else { return nil }
                let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "let", "var", "typealias"]
                let path = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
                return (file.path, String(path.split(separator: ".")[0]))
            }
        }
    }

    private func swiftFiles(in room: String) throws -> [URL] {
        let folder = packageRoot.appendingPathComponent("Sources").appendingPathComponent(room)
        let enumerator = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        let files = enumerator.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(!files.isEmpty, "no sources in \(folder.path)")
        return files.sorted { $0.path < $1.path }
    }
}
