/// One table: a row for each network, a column for each measure.
public struct TableCell: Sendable, Equatable {
    public var label: String
    public var location: SourceLocation
    public var data: [String]
    public var columns: [Column]
    /// Adds the place of each row by this measure; `nil` for none.
    public var rank: Column?
    /// Adds to every measure its difference to this network of the same training cell; `nil` for none.
    public var baseline: String?
    public var caption: String?

    /// A measure and how an epoch series becomes one number.
    public struct Column: Sendable, Equatable, Hashable {
        public var measure: Measure
        public var reduction: Reduction
        /// The author's own heading; `nil` for the measure's.
        public var title: String?
        /// Heading over this column and its neighbours of the same group.
        public var group: String?

        public init(measure: Measure, reduction: Reduction, title: String? = nil, group: String? = nil) {
            self.measure = measure
            self.reduction = reduction
            self.title = title
            self.group = group
        }

        /// As experiment files write it: `valid.accuracy.best`, `file-size`.
        public var name: String {
            measure.isPerEpoch ? "\(measure.rawValue).\(reduction.rawValue)" : measure.rawValue
        }
    }

    public init(
        label: String, location: SourceLocation, data: [String], columns: [Column], rank: Column? = nil,
        baseline: String? = nil, caption: String?
    ) {
        self.label = label
        self.location = location
        self.data = data
        self.columns = columns
        self.rank = rank
        self.baseline = baseline
        self.caption = caption
    }
}

/// How a series over epochs becomes one number: `best` is the largest accuracy or the smallest of anything else.
public enum Reduction: String, CaseIterable, Hashable, Codable, Sendable { case final, best, mean }
