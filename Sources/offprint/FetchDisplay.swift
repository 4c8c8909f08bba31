import Downloads
import Foundation
import Synchronization

/// Shows a download on standard error: a bar on a terminal, a line for each tenth otherwise.
final class FetchDisplay: Sendable {
    private struct State {
        /// Since the last question to a server: when, and how much was there.
        var begin = ContinuousClock.now
        var there = 0
        var lastDraw = ContinuousClock.now - .seconds(1)
        var lastTenth = 0
        var isDrawn = false
    }

    private let file: String
    private let size: Int
    private let isLive: Bool
    private let isQuiet: Bool
    private let state = Mutex(State())

    init(file: String, size: Int, quiet: Bool) {
        self.file = file
        self.size = max(1, size)
        isLive = StandardError.isTerminal && !quiet
        isQuiet = quiet
    }

    /// Safe to call from any thread.
    func show(_ event: Fetcher.Event) {
        guard !isQuiet else { return }
        state.withLock { state in
            switch event {
            case .asking(let address, let there):
                state.begin = .now
                state.there = there
                state.lastTenth = there * 10 / size
                let resumed = there > 0 ? ", going on after \(Quantities.memory(there))" : ""
                say("\(file): from \(address.absoluteString)\(resumed)", &state)
            case .arrived(let bytes): arrived(bytes, &state)
            case .checking(let bytes): draw("checking", bytes, "", &state)
            case .failed(let failure): say("\(file): \(failure.words)", &state)
            }
        }
    }

    /// Leaves the terminal clean.
    func end() { state.withLock { erase(&$0) } }

    private func arrived(_ bytes: Int, _ state: inout State) {
        let elapsed = (ContinuousClock.now - state.begin).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        let rate = seconds > 0.5 ? Double(bytes - state.there) / seconds : 0
        let left = rate > 0 ? ", \(Quantities.memory(Int(rate)))/s, \(Quantities.duration(Double(size - bytes) / rate)) left" : ""
        if isLive {
            draw("", bytes, left, &state)
        } else if bytes * 10 / size > state.lastTenth {
            state.lastTenth = bytes * 10 / size
            StandardError.write("\(file): \(state.lastTenth * 10) % of \(Quantities.memory(size))\(left)")
        }
    }

    private func draw(_ what: String, _ bytes: Int, _ more: String, _ state: inout State) {
        guard isLive, ContinuousClock.now - state.lastDraw > .milliseconds(100) || bytes >= size else { return }
        state.lastDraw = .now
        let share = min(1, Double(bytes) / Double(size))
        let full = Int(share * 30)
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: 30 - full)
        let line = "\(what.isEmpty ? "" : what + " ")\(file) [\(bar)] \(Int(share * 100)) % of \(Quantities.memory(size))\(more)"
        erase(&state)
        FileHandle.standardError.write(Data(line.prefix(ProgressDisplay.terminalWidth - 1).utf8))
        state.isDrawn = true
    }

    /// A line that stays.
    private func say(_ line: String, _ state: inout State) {
        erase(&state)
        StandardError.write(line)
    }

    private func erase(_ state: inout State) {
        guard state.isDrawn else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
        state.isDrawn = false
    }
}
