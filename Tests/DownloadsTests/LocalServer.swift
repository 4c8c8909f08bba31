import Foundation
import Synchronization

/// A server of HTTP on the loopback interface that behaves as a test tells it.
final class LocalServer: Sendable {
    /// What a request asked for.
    struct Request: Sendable {
        var path: String
        /// The first byte asked for, 0 without a range.
        var first: Int
        var hasRange: Bool
        /// From 1.
        var number: Int
    }

    /// What the server sends: exactly these bytes, then it closes the connection.
    struct Answer: Sendable {
        var head: String
        var body: [UInt8]

        /// The rest of `bytes`, as a server that knows ranges sends it.
        static func rest(of bytes: [UInt8], _ request: Request) -> Answer {
            guard request.hasRange else { return whole(bytes) }
            guard request.first < bytes.count else {
                return Answer(head: "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0", body: [])
            }
            let body = Array(bytes[request.first...])
            let range = "bytes \(request.first)-\(bytes.count - 1)/\(bytes.count)"
            return Answer(
                head: "HTTP/1.1 206 Partial Content\r\nContent-Length: \(body.count)\r\nContent-Range: \(range)", body: body)
        }

        /// All of it, whatever was asked for.
        static func whole(_ bytes: [UInt8]) -> Answer {
            Answer(head: "HTTP/1.1 200 OK\r\nContent-Length: \(bytes.count)", body: bytes)
        }

        static func status(_ code: Int) -> Answer {
            Answer(head: "HTTP/1.1 \(code) No\r\nContent-Length: 3", body: Array("no\n".utf8))
        }

        /// The same head, but only so much of the body.
        func cut(after count: Int) -> Answer { Answer(head: head, body: Array(body.prefix(count))) }
    }

    let address: URL
    private let socket: Int32
    private let requests = Mutex<[Request]>([])

    /// Serves until `stop`.
    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        #if os(Linux)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let socket = Foundation.socket(AF_INET, kind, 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard socket >= 0, isBound, let url = URL(string: "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))/") else {
            throw CocoaError(.fileNoSuchFile)
        }
        self.socket = socket
        address = url
        let server = self
        Thread.detachNewThread {
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else {
                    // Closed here and not in `stop`: the number may belong to another server the moment after.
                    close(socket)
                    return
                }
                server.serve(connection, answer)
            }
        }
    }

    /// No connection is taken any more.
    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// What has been asked so far.
    var log: [Request] { requests.withLock { $0 } }

    private func serve(_ connection: Int32, _ answer: (Request) -> Answer) {
        defer { close(connection) }
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !String(decoding: head, as: UTF8.self).contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            head += buffer.prefix(count)
        }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
        let first = range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0 != "-" }) }
        let request = requests.withLock { log in
            log.append(Request(path: path, first: first ?? 0, hasRange: range != nil, number: log.count + 1))
            return log[log.count - 1]
        }
        let answer = answer(request)
        let bytes = Array((answer.head + "\r\nConnection: close\r\n\r\n").utf8) + answer.body
        var done = 0
        while done < bytes.count {
            let sent = bytes.withUnsafeBytes { send(connection, $0.baseAddress.map { $0 + done }, bytes.count - done, Self.noSignal) }
            guard sent > 0 else { return }
            done += sent
        }
        shutdown(connection, Int32(SHUT_WR))
        // Until the other side has read all of it.
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
    }

    #if os(Linux)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #else
        private static let noSignal: Int32 = 0
    #endif
}
