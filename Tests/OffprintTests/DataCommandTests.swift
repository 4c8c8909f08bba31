import Foundation
import TestSupport
import Testing

/// Data sets as the command line sees them. Nothing here reaches the network.
@Suite struct DataCommandTests {
    private func rows(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try outcome.lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func listNamesEveryDataSetAndWhereItIs() throws {
        try withTemporaryFolder { folder in
            let environment = ["OFFPRINT_DATA": "", "XDG_CACHE_HOME": folder.path]
            let outcome = try Program.offprint().run(["data", "list", "--json"], environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let found = try rows(outcome)
            #expect(
                found.compactMap { $0["name"] as? String }
                    == ["mnist", "fashion-mnist", "cifar10", "stl10", "food101", "digits"])
            #expect(found.compactMap { $0["present"] as? Bool } == [false, false, false, false, false, true])
            #expect(found[2]["bytes"] as? Int == 170_052_171 && found[4]["classes"] as? Int == 101)
            let table = try Program.offprint().run(["data", "list"], environment: environment)
            #expect(table.output.contains("offprint data fetch cifar10"), "\(table.output)")
        }
    }

    @Test func fetchAndVerifyRefuseWhatTheyDoNotKnowAndLeaveOtherFilesAlone() throws {
        let program = try Program.offprint()
        for command in ["fetch", "verify"] {
            let outcome = try program.run(["data", command, "cifar"])
            #expect(outcome.status == 4)
            #expect(outcome.errors.contains("did you mean 'cifar10'?"), "\(outcome.errors)")
        }
        #expect(try program.run(["data", "fetch", "digits"]).status == 0)
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("cifar-10-binary.tar.gz")
            try Data("mine".utf8).write(to: file)
            let outcome = try program.run(["data", "fetch", "cifar10", "--data-dir", folder.path])
            #expect(outcome.status == 4)
            #expect(outcome.errors.contains("left alone"), "\(outcome.errors)")
            #expect(try Data(contentsOf: file) == Data("mine".utf8))
            let verified = try program.run(
                ["data", "verify", "cifar10", "--data-dir", folder.path, "--json"], environment: ["OFFPRINT_DATA": ""])
            #expect(verified.status == 4)
            #expect(try rows(verified).first?["verdict"] as? String == "different")
            #expect(verified.errors.contains("not a gzip file"), "\(verified.errors)")
            let missing = try program.run(
                ["data", "verify", "stl10", "--data-dir", folder.path],
                environment: ["OFFPRINT_DATA": "", "XDG_CACHE_HOME": folder.path])
            #expect(missing.status == 4 && missing.errors.contains("stl10_binary.tar.gz"), "\(missing.errors)")
            let mirror = try program.run(
                ["data", "fetch", "stl10", "--data-dir", folder.path], environment: ["OFFPRINT_MIRROR": "ftp://x"])
            #expect(mirror.status == 4 && mirror.errors.contains("OFFPRINT_MIRROR"), "\(mirror.errors)")
        }
    }

    /// From a folder beside the file to a report, and the report again where the folder is not.
    @Test func aFolderOfImagesIsTrainedOn() throws {
        try withTemporaryFolder { folder in
            let text = """
                ```yaml {train}
                label: own
                dataset: {folder: pictures, size: 16, classes: 2}
                networks: shuffle
                epochs: 2
                batch: 4
                ```
                {{ own.shuffle.valid.accuracy }}
                """
            let file = folder.appendingPathComponent("experiment.md")
            try Data(text.utf8).write(to: file)
            let pictures = folder.appendingPathComponent("pictures")
            try writePictureFolder(to: pictures)
            let environment = ["OFFPRINT_DATA": "", "XDG_CACHE_HOME": folder.path + "/cache"]
            let program = try Program.offprint()
            let outcome = try program.run(["render", file.path], environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let plan = try program.run(["plan", file.path, "--json"], environment: environment)
            #expect(try rows(plan).first?["cached"] as? Bool == true, "\(plan.output)")
            let digests = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/cache/offprint/digests")
            #expect(digests.count == 1)
            let report = try Data(contentsOf: folder.appendingPathComponent("README.md"))

            // Another picture is other data.
            let picture = pictures.appendingPathComponent("train/red/0.png")
            try Data(contentsOf: pictures.appendingPathComponent("train/blue/0.png")).write(to: picture)
            let changed = try program.run(["plan", file.path, "--json"], environment: environment)
            #expect(try rows(changed).first?["reason"] as? String == "the data changed", "\(changed.output)")

            try FileManager.default.removeItem(at: pictures)
            let frozen = try program.run(["render", file.path, "--frozen"], environment: environment)
            #expect(frozen.status == 0, "\(frozen.errors)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("README.md")) == report)
        }
    }

    @Test(arguments: [
        ("folder:../outside", "holds '..'"), ("/etc", "unknown dataset '/etc'"), ("folder:/etc", "begins at the root"),
        ("{folder: ../../etc, size: 64}", "holds '..'"), ("folder:link", "through a link"),
        ("folder:nowhere", "no folder 'nowhere'"), ("{folder: pictures, size: 5000}", "'size' is 5000"),
        ("{folder: pictures, sise: 64}", "did you mean 'size'?"), ("{folder: pictures, classes: 3}", "announces 3"),
    ])
    func aFolderThatMayNotBeReadIsAnErrorOfTheFile(dataset: String, words: String) throws {
        try withTemporaryFolder { outside in
            let folder = outside.appendingPathComponent("experiment")
            try writePictureFolder(to: folder.appendingPathComponent("pictures"))
            try writePictureFolder(to: outside.appendingPathComponent("outside"))
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent("link"), withDestinationURL: outside.appendingPathComponent("outside"))
            let file = folder.appendingPathComponent("experiment.md")
            try Data("```yaml {train}\nlabel: a\ndataset: \(dataset)\nnetworks: shuffle\nepochs: 1\n```\n".utf8).write(to: file)
            let outcome = try Program.offprint().run(
                ["plan", file.path], environment: ["OFFPRINT_DATA": "", "XDG_CACHE_HOME": outside.path])
            #expect(outcome.status == 4, "\(outcome.output)")
            #expect(outcome.errors.contains("experiment.md:3:") && outcome.errors.contains(words), "\(outcome.errors)")
        }
    }
}
