public import Foundation

/// Fetches files of data sets.
///
/// Goals, in order: nothing but the right file ever stands under the final name; what has arrived is never fetched
/// twice; a server that cuts, lies or serves something else is found out and the next one is asked.
public struct Fetcher: Sendable {
    /// Where data sets are kept; made where it is not there.
    public var folder: URL
    /// Questions to one address without a byte coming back, before the next address is tried.
    public var attempts: Int
    /// Seconds before the second question to an address; doubled for each further one.
    public var pause: Double
    /// Seconds without a byte after which a connection counts as broken.
    public var patience: Double

    public init(folder: URL, attempts: Int = 5, pause: Double = 1, patience: Double = 60) {
        self.folder = folder
        self.attempts = attempts
        self.pause = pause
        self.patience = patience
    }

    /// What is going on.
    public enum Event: Sendable, Hashable {
        /// From `there` on, where an earlier download ended.
        case asking(URL, there: Int)
        /// Bytes there so far.
        case arrived(Int)
        /// Bytes checked so far.
        case checking(Int)
        /// The address is of no further use.
        case failed(FetchError.Failure)
    }

    /// How the file came to be there.
    public enum Outcome: Sendable, Hashable {
        case fetched
        /// It was there and is the official one, or one of the same content.
        case present
    }

    /// Fetches one file into `folder`.
    ///
    /// - Parameter report: called from several threads, events in order.
    /// - Throws: `FetchError`. A file that stands there and is another one is left alone.
    public func fetch(
        _ origin: OriginFile, report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws(FetchError) -> Outcome {
        let target = folder.appendingPathComponent(origin.name, isDirectory: false)
        switch try Verifier.check(origin, in: folder, progress: { report(.checking($0)) }) {
        case .missing: break
        case .official, .officialContent: return .present
        case .different: throw .inTheWay(file: target)
        }
        let part = try PartialFile(for: target)
        // More than the whole is of something else.
        if part.count > origin.size { try part.clear() }
        var failures: [FetchError.Failure] = []
        for address in origin.addresses {
            let reason = try await fetch(origin, from: address, part, report)
            guard let reason else {
                try part.finish()
                return .fetched
            }
            failures.append(.init(address: address, reason: reason))
            report(.failed(.init(address: address, reason: reason)))
        }
        if part.count == 0 { part.remove() }
        throw .failed(file: origin.name, failures)
    }

    /// - Returns: `nil` where the partial file is whole and the right one, else why the address is of no use.
    private func fetch(
        _ origin: OriginFile, from address: URL, _ part: PartialFile, _ report: @escaping @Sendable (Event) -> Void
    ) async throws(FetchError) -> FetchError.Reason? {
        var fruitless = 0
        // Where the first bytes of the part came from: those of an earlier download may be of another file.
        var isMixed = part.count > 0
        while true {
            let before = part.count
            if before < origin.size {
                report(.asking(address, there: before))
                let transfer = Transfer(part, size: origin.size) { report(.arrived($0)) }
                let ending = await transfer.run(address, patience: patience)
                if part.count < before { isMixed = false }
                switch ending {
                case .whole: break
                case .failed(let error): throw error
                case .refused(let reason): return reason
                case .broken(let words):
                    fruitless = part.count > before ? 0 : fruitless + 1
                    guard fruitless < attempts, !Task.isCancelled else { return .connection(words) }
                    if fruitless > 0 { try? await Task.sleep(for: .seconds(pause * Double(1 << min(fruitless - 1, 6)))) }
                    continue
                }
            }
            let found = try FileDigest.of(part.file, kind: origin.digest.kind) { report(.checking($0)) }
            if found == origin.digest { return nil }
            try part.clear()
            // Once more from the beginning, where only the beginning may be to blame.
            guard isMixed else { return .wrongDigest(expected: origin.digest, found: found) }
            isMixed = false
        }
    }
}
