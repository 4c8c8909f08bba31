public import Foundation

/// What the file system says about the state of a file: as long as the stamp is the same, so is the content, unless
/// somebody sets the clock back on purpose.
public struct FileStamp: Hashable, Sendable, CustomStringConvertible {
    public let path: String
    /// Bytes.
    public let size: Int
    /// Of the last change of the content, and of the last change of anything about the file; nanoseconds since 1970.
    public let modified: Int
    public let changed: Int
    /// The number of the file in its file system.
    public let inode: UInt64

    /// Throws `DatasetError.unreadable`.
    public init(of file: URL) throws(DatasetError) {
        var information = stat()
        guard stat(file.path, &information) == 0 else { throw .unreadable(file: file, systemError: errno) }
        path = file.path
        size = Int(information.st_size)
        #if canImport(Darwin)
            let (modification, change) = (information.st_mtimespec, information.st_ctimespec)
        #else
            let (modification, change) = (information.st_mtim, information.st_ctim)
        #endif
        modified = Int(modification.tv_sec) * 1_000_000_000 + Int(modification.tv_nsec)
        changed = Int(change.tv_sec) * 1_000_000_000 + Int(change.tv_nsec)
        inode = UInt64(information.st_ino)
    }

    /// All of it on one line.
    public var description: String { "\(size) \(modified) \(changed) \(inode) \(path)" }
}
