import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One answer of one server, written to a partial file as it arrives.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// How it ended.
    enum Ending {
        /// Every byte that the file should have is there.
        case whole
        /// The connection ended before that; asking again may help.
        case broken(String)
        /// The server has no use for a further question.
        case refused(FetchError.Reason)
        /// Nothing could be written.
        case failed(FetchError)
    }

    // All of it is only touched on the session's queue, one call at a time, once `run` has started.
    private let part: PartialFile
    private let size: Int
    private let report: @Sendable (Int) -> Void
    private var ending: Ending?
    private var continuation: CheckedContinuation<Ending, Never>?

    /// - Parameters:
    ///   - size: of the whole file.
    ///   - report: called with the bytes there so far.
    init(_ part: PartialFile, size: Int, report: @escaping @Sendable (Int) -> Void) {
        self.part = part
        self.size = size
        self.report = report
    }

    /// Asks for what is missing.
    /// - Parameter patience: seconds without a byte after which the connection counts as broken.
    func run(_ address: URL, patience: Double) async -> Ending {
        var request = URLRequest(url: address)
        // Bytes as they lie there: a server may otherwise hand a .gz over decompressed.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        request.setValue("offprint", forHTTPHeaderField: "User-Agent")
        if part.count > 0 { request.setValue("bytes=\(part.count)-", forHTTPHeaderField: "Range") }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = patience
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 1
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
        defer { session.invalidateAndCancel() }
        let task = session.dataTask(with: request)
        return await withCheckedContinuation { continuation in
            queue.addOperation {
                self.continuation = continuation
                task.resume()
            }
        }
    }

    // MARK: URLSessionDataDelegate

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        do throws(FetchError) {
            ending = try judge(response)
        } catch {
            ending = .failed(error)
        }
        completionHandler(ending == nil ? .allow : .cancel)
        if ending != nil { end() }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard ending == nil else { return }
        guard data.count <= size - part.count else {
            ending = .refused(.wrongLength(expected: size, found: part.count + data.count))
            dataTask.cancel()
            return end()
        }
        do throws(FetchError) {
            try part.append(data)
            report(part.count)
        } catch {
            ending = .failed(error)
            dataTask.cancel()
            end()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if ending == nil {
            let words = error?.localizedDescription ?? "the server ended early"
            ending = part.count == size ? .whole : .broken(words)
        }
        end()
    }

    private func end() {
        guard let ending, let continuation else { return }
        self.continuation = nil
        continuation.resume(returning: ending)
    }

    /// Makes the partial file fit what the server is about to send; `nil` where that is right.
    private func judge(_ response: URLResponse) throws(FetchError) -> Ending? {
        guard let response = response as? HTTPURLResponse else { return .broken("no answer of HTTP") }
        switch response.statusCode {
        case 200:
            // The whole file, whatever was asked for.
            if part.count > 0 { try part.clear() }
            let length = Int(response.value(forHTTPHeaderField: "Content-Length") ?? "")
            if let length, length != size { return .refused(.wrongLength(expected: size, found: length)) }
            return nil
        case 206:
            guard let range = ContentRange(response.value(forHTTPHeaderField: "Content-Range") ?? ""),
                range.first == part.count
            else { return .refused(.wrongRange) }
            if let total = range.total, total != size {
                return .refused(.wrongLength(expected: size, found: total))
            }
            return nil
        case 416:
            // There is more here than the server has: it is of another file.
            try part.clear()
            return .broken("the server has no such range")
        default: return .refused(.status(response.statusCode))
        }
    }
}

/// `bytes 100-199/200`, or with `*` for an unknown length (RFC 9110, section 14.4).
struct ContentRange: Equatable {
    let first: Int
    let last: Int
    let total: Int?

    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let halves = parts[1].split(separator: "/", omittingEmptySubsequences: false)
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count == 2, ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first <= last,
            halves[1] == "*" || Int(halves[1]) != nil
        else { return nil }
        self.first = first
        self.last = last
        total = Int(halves[1])
    }
}
