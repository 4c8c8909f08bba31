/// One figure of runs or of a data cell, every name checked.
public struct PlotCell: Sendable, Equatable {
    public enum Mark: String, CaseIterable, Hashable, Codable, Sendable {
        case line, step, area, points, bar, stacked, box, violin, histogram, scatter
        case heatMap = "heat-map"
    }

    /// What is drawn around the middle of several values at one place.
    public enum Band: String, CaseIterable, Hashable, Codable, Sendable {
        case none
        /// One standard deviation around the mean.
        case deviation
        /// The quartiles around the median.
        case quantiles
    }

    public enum Scale: String, CaseIterable, Hashable, Codable, Sendable { case linear, log, symlog }

    /// What an axis says and how it is scaled; what is `nil` comes from the data.
    public struct AxisOptions: Sendable, Hashable {
        public var title: String?
        public var unit: String?
        public var scale = Scale.linear
        public var range: ClosedRange<Double>?
        /// `number`, `percent`, `seconds`, `bytes` or `integer`.
        public var format: String?

        public init() {}
    }

    public struct Reference: Sendable, Hashable {
        public enum Axis: String, Hashable, Codable, Sendable { case x, y }

        public var axis: Axis
        public var value: Double
        public var label: String
    }

    public struct Annotation: Sendable, Hashable {
        public var x: Double
        public var y: Double
        public var text: String
    }

    /// What is drawn.
    public enum Content: Sendable, Hashable {
        case runs(RunContent)
        case columns(ColumnContent)
        case predictions(PredictionContent)
    }

    /// A measure of the runs of training cells.
    public struct RunContent: Sendable, Hashable {
        public enum Axis: Sendable, Hashable {
            case epoch, network
            /// Nothing but the values themselves: histograms.
            case none
            case measure(TableCell.Column)
        }
        public enum Color: String, CaseIterable, Hashable, Codable, Sendable { case network, seed }
        public enum Facet: String, CaseIterable, Hashable, Codable, Sendable { case network, dataset }

        public var y: TableCell.Column
        public var x: Axis
        public var color = Color.network
        public var facet: Facet?

        public init(y: TableCell.Column, x: Axis) {
            self.y = y
            self.x = x
        }
    }

    /// Columns of one data cell.
    public struct ColumnContent: Sendable, Hashable {
        public var x: String?
        /// Not empty; each is a series unless `color` parts them.
        public var y: [String]
        public var color: String?
        public var facet: String?
        /// Of the names that stand beside the points of a scatter plot.
        public var name: String?
    }

    /// What finished networks say of the validation images.
    public struct PredictionContent: Sendable, Hashable {
        public enum Kind: String, CaseIterable, Hashable, Codable, Sendable {
            /// How often each class was taken for each other one.
            case confusion
            /// How often a network is right where it is so sure of itself.
            case calibration
        }

        public var kind: Kind
        /// Empty: all of the training cells, which for a confusion matrix is one.
        public var networks: [String] = []
        /// `nil`: the images of all seeds together.
        public var seed: UInt64?
    }

    public var label: String
    public var location: SourceLocation
    /// Labels of training cells, or of one data cell.
    public var data: [String]
    public var content: Content
    public var mark: Mark
    /// `nil`: one standard deviation where there are several seeds or rows for a place.
    public var band: Band?
    public var xAxis = AxisOptions()
    public var yAxis = AxisOptions()
    public var references: [Reference] = []
    public var annotations: [Annotation] = []
    public var bins: Int?
    /// Whether a scatter plot of measures shows its Pareto front.
    public var front = true
    public var hasLegend = true
    public var title: String?
    public var caption: String?
    /// Inches.
    public var width: Double
    public var height: Double
    public var theme: String

    public init(
        label: String, location: SourceLocation, data: [String], content: Content, mark: Mark, band: Band? = nil,
        title: String? = nil, caption: String? = nil, width: Double, height: Double, theme: String
    ) {
        self.label = label
        self.location = location
        self.data = data
        self.content = content
        self.mark = mark
        self.band = band
        self.title = title
        self.caption = caption
        self.width = width
        self.height = height
        self.theme = theme
    }

    /// A height that suits a width, both in inches, where the author says none.
    public static func preferredHeight(width: Double) -> Double { min(max(width * 0.66, 2.2), 4.2) }

    /// The same for what is shown: a matrix of classes by classes wants to be nearly square.
    static func preferredHeight(width: Double, of content: Content) -> Double {
        guard case .predictions(let predictions) = content else { return preferredHeight(width: width) }
        switch predictions.kind {
        case .confusion: return min(max(width * 0.8, 2.2), 8)
        case .calibration: return min(max(width * 0.8, 2.2), 5)
        }
    }
}
