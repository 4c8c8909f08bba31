import Foundation
import Networks
import Report
import Synchronization

/// Shows runs as they go on standard error: one live line for each on a terminal, plain lines otherwise.
final class ProgressDisplay: Sendable {
    private struct State {
        /// Runs under way, in the order they started.
        var live: [RunIdentifier] = []
        var lines: [RunIdentifier: String] = [:]
        /// Live lines now on the terminal.
        var drawn = 0
        var lastDraw = ContinuousClock.now
        /// The last epoch that a plain line was written for.
        var reportedEpoch: [RunIdentifier: Int] = [:]
        var finished = 0
    }

    private let state = Mutex(State())
    private let isLive: Bool
    private let isQuiet: Bool

    init(quiet: Bool = false) {
        isLive = StandardError.isTerminal && !quiet
        isQuiet = quiet
    }

    /// Safe to call from any thread.
    func show(_ event: RunEvent) {
        state.withLock { state in
            if case .finished = event { state.finished += 1 }
            guard !isQuiet else { return }
            switch event {
            case .cached: break
            case .started(let run, let number, let total):
                state.live.append(run)
                say("training \(run) (\(number) of \(total))", &state)
            case .progress(let run, let progress): self.progress(run, progress, &state)
            case .notice(let run, let notice): say("\(run): \(notice.words)", &state)
            case .finished(let run, let result, let seconds):
                end(run, &state)
                let accuracy = result.epochs.last.map { ", validation accuracy \(Quantities.percent($0.validAccuracy))" }
                say("finished \(run) in \(Quantities.duration(seconds))\(accuracy ?? "")", &state)
            case .failed(let run, let failure):
                end(run, &state)
                say("failed \(run): \(failure.words)", &state)
            }
        }
    }

    /// Runs that were executed and left a result.
    var finishedRuns: Int { state.withLock { $0.finished } }

    private func progress(_ run: RunIdentifier, _ progress: TrainingProgress, _ state: inout State) {
        let line =
            "\(run): epoch \(progress.epoch)/\(progress.epochs), \(progress.images)/\(progress.imagesPerEpoch) images, "
            + "\(Int(progress.imagesPerSecond)) images/s, loss \(String(format: "%.4f", progress.loss)), "
            + "\(Quantities.duration(progress.secondsLeft)) left"
        state.lines[run] = line
        if isLive {
            guard ContinuousClock.now - state.lastDraw > .milliseconds(100) else { return }
            redraw(&state)
        } else if progress.images == progress.imagesPerEpoch, state.reportedEpoch[run] != progress.epoch {
            state.reportedEpoch[run] = progress.epoch
            StandardError.write(line)
        }
    }

    private func end(_ run: RunIdentifier, _ state: inout State) {
        state.live.removeAll { $0 == run }
        state.lines[run] = nil
    }

    /// A line that stays, above the live ones.
    private func say(_ line: String, _ state: inout State) {
        erase(&state)
        StandardError.write(line)
        if isLive { redraw(&state) }
    }

    private func redraw(_ state: inout State) {
        erase(&state)
        let width = Self.terminalWidth
        for run in state.live {
            guard let line = state.lines[run] else { continue }
            StandardError.write(String(line.prefix(width - 1)))
            state.drawn += 1
        }
        state.lastDraw = .now
    }

    private func erase(_ state: inout State) {
        guard isLive, state.drawn > 0 else { return }
        FileHandle.standardError.write(Data("\u{1B}[\(state.drawn)A\u{1B}[J".utf8))
        state.drawn = 0
    }

    static var terminalWidth: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }
}
