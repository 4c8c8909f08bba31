import Foundation
import Kernels
import Report

/// Seconds since some fixed moment; never runs backwards.
enum MonotonicClock {
    static let start = ContinuousClock.now

    static func seconds() -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}

/// The instruction set that `OFFPRINT_ISA` forces, else the best of this processor.
enum InstructionSetChoice {
    static func current(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> InstructionSet {
        guard let name = environment["OFFPRINT_ISA"], !name.isEmpty else { return .best }
        let available = InstructionSet.available.map(\.rawValue)
        guard let set = InstructionSet(rawValue: name) else {
            StandardError.write(
                "offprint: error: unknown instruction set OFFPRINT_ISA=\(name); known: "
                    + commaSeparated(InstructionSet.allCases.map(\.rawValue)))
            throw Status.badInput.exit
        }
        guard set.isAvailable else {
            StandardError.write(
                "offprint: error: this processor cannot run OFFPRINT_ISA=\(name); it runs \(commaSeparated(available))")
            throw Status.badInput.exit
        }
        return set
    }
}

/// Threads where nobody says how many: the processor's cores.
enum Threads {
    static var standard: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// - Throws: `Status.badInput` for less than 1 or more than 1024.
    static func checked(_ threads: Int?) throws -> Int {
        guard let threads else { return standard }
        guard (1...1024).contains(threads) else {
            StandardError.write("offprint: error: --threads must be from 1 to 1024, not \(threads)")
            throw Status.badInput.exit
        }
        return threads
    }
}
