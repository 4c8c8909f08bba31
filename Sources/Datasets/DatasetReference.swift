import Foundation

/// How an experiment file says which data set it means.
///
/// As text: the name of a data set of the catalogue (`cifar10`), or `folder:PATH` for a folder of images, with the side
/// of the images to be made in pixels if it is not 64, and the number of classes if it is announced:
/// `folder:PATH@96`, `folder:PATH@96:5`.
public enum DatasetReference: Hashable, Sendable, CustomStringConvertible {
    case named(String)
    /// `path` is below one of the searched folders. The folder holds
    /// `train/<class>/` and `validation/<class>/` with PNG and JPEG files; each is scaled so that its shorter side is
    /// `size`, and the middle `size` by `size` pixels are taken.
    ///
    /// `classes` is checked where the folder is there; where it is not, a report can still be planned.
    case folder(path: ConfinedPath, size: Int, classes: Int?)

    public static let standardSize = 64
    public static let maximumSize = 1024
    public static let maximumClasses = 100_000
    private static let prefix = "folder:"

    /// Throws `brokenFolderReference` or `forbiddenPath`. Any text without `folder:` is a name, known or not.
    public init(_ text: String) throws(DatasetError) {
        guard text.hasPrefix(Self.prefix) else {
            self = .named(text)
            return
        }
        let rest = text.dropFirst(Self.prefix.count)
        // Only numbers behind the last @ are a size: a path may contain one as well.
        guard let at = rest.lastIndex(of: "@"), case let end = rest[rest.index(after: at)...],
            case let numbers = end.split(separator: ":", omittingEmptySubsequences: false), numbers.count <= 2,
            numbers.allSatisfy({ !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } })
        else {
            try self.init(folder: String(rest))
            return
        }
        // What is too large for a number is too large in any case.
        try self.init(
            folder: String(rest[..<at]), size: Int(numbers[0]) ?? .max,
            classes: numbers.count == 2 ? Int(numbers[1]) ?? .max : nil)
    }

    /// A folder of images. Throws `brokenFolderReference` for a number out of bounds, and `forbiddenPath`.
    public init(
        folder path: String, size: Int = Self.standardSize, classes: Int? = nil
    ) throws(DatasetError) {
        guard (1...Self.maximumSize).contains(size), classes.map({ (2...Self.maximumClasses).contains($0) }) ?? true
        else {
            let text = Self.text(folder: path, size: size, classes: classes)
            throw .brokenFolderReference(text: text, maximumSize: Self.maximumSize)
        }
        do throws(ForbiddenPath) {
            self = .folder(path: try ConfinedPath(path), size: size, classes: classes)
        } catch {
            throw .forbiddenPath(path: path, error)
        }
    }

    /// The text that leads back to this reference.
    public var description: String {
        switch self {
        case .named(let name): name
        case .folder(let path, let size, let classes): Self.text(folder: path.text, size: size, classes: classes)
        }
    }

    private static func text(folder path: String, size: Int, classes: Int?) -> String {
        "\(prefix)\(path)@\(size)" + (classes.map { ":\($0)" } ?? "")
    }
}
