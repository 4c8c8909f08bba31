/// One table: a row for each network and a column for each measure, or the columns of a data cell.
public struct TableCell: Sendable, Equatable {
    public var label: String
    public var location: SourceLocation
    public var data: [String]
    /// Of runs.
    public var columns: [Column]
    /// Of a data cell or a layers cell; `nil` for a table of runs.
    public var fields: [Field]?
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

    /// A column of a data cell.
    public struct Field: Sendable, Equatable, Hashable {
        public var name: String
        /// The author's own heading; `nil` for the column's name.
        public var title: String?
        /// Heading over this column and its neighbours of the same group.
        public var group: String?

        public init(name: String, title: String? = nil, group: String? = nil) {
            self.name = name
            self.title = title
            self.group = group
        }
    }

    public init(
        label: String, location: SourceLocation, data: [String], columns: [Column], fields: [Field]? = nil,
        rank: Column? = nil, baseline: String? = nil, caption: String?
    ) {
        self.label = label
        self.location = location
        self.data = data
        self.columns = columns
        self.fields = fields
        self.rank = rank
        self.baseline = baseline
        self.caption = caption
    }
}

/// How a series over epochs becomes one number: `best` is the largest accuracy or the smallest of anything else.
public enum Reduction: String, CaseIterable, Hashable, Codable, Sendable { case final, best, mean }
