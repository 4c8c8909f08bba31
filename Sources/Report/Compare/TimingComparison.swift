internal import Networks

/// Times of the same runs on the same machine at two moments, by interval: a difference counts where the intervals of
/// mean ± two standard errors do not meet.
public struct TimingComparison: Sendable, Equatable {
    public enum Quantity: String, CaseIterable, Sendable {
        /// Forward pass of a full batch, over the epochs.
        case trainForward = "training forward pass"
        case validForward = "validation forward pass"
        /// One image.
        case inference
    }

    public struct Row: Sendable, Equatable {
        public var run: String
        public var quantity: Quantity
        /// Seconds.
        public var old: Interval
        public var new: Interval
        public var differs: Bool { old.upper < new.lower || new.upper < old.lower }
        /// How many times as long the new takes.
        public var ratio: Double { new.mean / old.mean }
    }

    public struct Interval: Sendable, Equatable {
        public var mean: Double
        /// Two standard errors; 0 where a single value was measured.
        public var reach: Double
        public var lower: Double { mean - reach }
        public var upper: Double { mean + reach }

        init?(_ spread: Spread) {
            guard spread.count > 0, spread.mean.isFinite, spread.mean > 0 else { return nil }
            mean = spread.mean
            reach = 2 * spread.deviation / Double(spread.count).squareRoot()
        }
    }

    /// Of the runs that both timed, in the order of their names.
    public var rows: [Row]

    public init(old: Timings, new: Timings) {
        rows = []
        for (name, left) in old.runs.sorted(by: { $0.key < $1.key }) {
            guard let right = new.runs[name] else { continue }
            for quantity in Quantity.allCases {
                guard let before = Interval(Self.spread(left, quantity)), let after = Interval(Self.spread(right, quantity))
                else { continue }
                rows.append(Row(run: name, quantity: quantity, old: before, new: after))
            }
        }
    }

    private static func spread(_ timing: RunTiming, _ quantity: Quantity) -> Spread {
        switch quantity {
        case .trainForward: Spread(of: timing.epochs.map(\.trainForward).filter { $0.count > 0 }.map(\.mean))
        case .validForward: Spread(of: timing.epochs.map(\.validForward).filter { $0.count > 0 }.map(\.mean))
        case .inference: Spread(of: timing.inferenceCPU)
        }
    }
}
