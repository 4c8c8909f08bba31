public import Datasets
internal import Foundation
public import Networks

/// Weights that a run starts from, instead of random ones.
public struct InitialWeights: Codable, Hashable, Sendable {
    /// Where the safetensors file is; absolute.
    public var path: String
    /// `Digest.ofWeights` of the model in it: part of the run's key. The same weights under other names, in another
    /// layout or in another file have the same digest.
    public var digest: String

    public init(path: String, digest: String) {
        self.path = path
        self.digest = digest
    }

    /// Finds and reads a file that an experiment file names.
    ///
    /// - Parameters:
    ///   - path: relative to one of the folders; it cannot lead out of it, because it comes from a stranger's file.
    ///   - folders: in the order of the search: the experiment file's first, then those of data.
    ///   - graph: of the network; every tensor of it must be in the file, in its shape, and no other.
    static func find(
        _ path: String, folders: [URL], graph: Graph
    ) throws(InitialWeightsFault) -> InitialWeights {
        let place = try place(of: path, in: folders)
        return InitialWeights(path: place, digest: Digest.ofWeights(try read(place, graph)))
    }

    /// The weights, once it is certain that they are those that were planned with.
    func model(of graph: Graph) throws(InitialWeightsFault) -> Model {
        let model = try Self.read(path, graph)
        let found = Digest.ofWeights(model)
        guard found == digest else { throw .changed(path: path, expected: digest, found: found) }
        return model
    }

    private static func read(_ path: String, _ graph: Graph) throws(InitialWeightsFault) -> Model {
        let model: Model
        do throws(ModelFileError) {
            model = try ModelFile.readEitherLayout(from: URL(fileURLWithPath: path), graph: graph)
        } catch {
            throw .file(error)
        }
        if let tensor = model.firstNotFinite { throw .notFinite(path: path, tensor: tensor.name) }
        return model
    }

    /// The first of the folders that has it.
    private static func place(of path: String, in folders: [URL]) throws(InitialWeightsFault) -> String {
        let confined: ConfinedPath
        do throws(ForbiddenPath) {
            confined = try ConfinedPath(path)
        } catch {
            throw .forbiddenPath(path, error)
        }
        let found: ConfinedPath.Place?
        do throws(ConfinedPath.SearchError) {
            found = try confined.find(in: folders)
        } catch {
            switch error {
            case .forbidden(let reason): throw .forbiddenPath(path, reason)
            case .unreadable(let file, let code): throw .unreadable(path: file.path, systemError: code)
            }
        }
        guard let found else { throw .notFound(path: path, searched: folders.map(\.path)) }
        // Anything else than a file could keep the program waiting.
        var information = stat()
        guard stat(found.resolved, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            throw .notAFile(path: found.resolved)
        }
        return found.resolved
    }
}

/// Why a run cannot start from the weights that its cell names.
public enum InitialWeightsFault: Error, Hashable, Sendable {
    case forbiddenPath(String, ForbiddenPath)
    case notFound(path: String, searched: [String])
    /// The system does not say where the path leads; `systemError` is its `errno`.
    case unreadable(path: String, systemError: Int32)
    /// A folder, a pipe or a device.
    case notAFile(path: String)
    /// Damaged, or not of this network.
    case file(ModelFileError)
    /// A tensor with an infinity or a NaN.
    case notFinite(path: String, tensor: String)
    /// The file is not what it was when the run was planned.
    case changed(path: String, expected: String, found: String)
}
