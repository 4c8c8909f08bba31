internal import CKernels

/// The instruction sets the leaf loops are compiled for, in order of preference last to first.
/// Results are the same bits on all of them.
public enum InstructionSet: String, CaseIterable, Codable, Hashable, Sendable {
    case portable, neon, avx2, avx512

    /// Whether this processor and this build can run it.
    public var isAvailable: Bool { offprint_kernels_for(identifier) != nil }

    /// The sets this processor can run, slowest first. Always contains `portable`.
    public static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

    /// The fastest set this processor can run.
    public static var best: InstructionSet { available.last ?? .portable }

    var identifier: offprint_isa {
        switch self {
        case .portable: OFFPRINT_ISA_PORTABLE
        case .neon: OFFPRINT_ISA_NEON
        case .avx2: OFFPRINT_ISA_AVX2
        case .avx512: OFFPRINT_ISA_AVX512
        }
    }
}
