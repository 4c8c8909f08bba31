/// One grid of pictures of a data set.
public struct ImagesCell: Sendable, Equatable {
    public enum Split: String, CaseIterable, Hashable, Codable, Sendable { case training, validation }

    /// Which pictures, and what is said of them.
    public enum Content: Sendable, Hashable {
        /// The first of a part of a data set, which is the text of a `DatasetReference`; with the names of their classes
        /// if wanted.
        case samples(dataset: String, Split, showsClasses: Bool)
        case mistakes(Mistakes)
    }

    /// The validation images that a network got most wrong: its label below each, then what the network took it for.
    public struct Mistakes: Sendable, Hashable {
        /// Label of a training cell.
        public var data: String
        /// `nil`: the only one of the cell.
        public var network: String?
        /// `nil`: the first of the cell.
        public var seed: UInt64?

        public init(data: String, network: String? = nil, seed: UInt64? = nil) {
            self.data = data
            self.network = network
            self.seed = seed
        }
    }

    public var label: String
    public var location: SourceLocation
    public var content: Content
    /// At most so many.
    public var count: Int
    /// `nil`: as many as make the pictures largest.
    public var columns: Int?
    public var title: String?
    public var caption: String?
    /// Inches.
    public var width: Double
    public var height: Double
    public var theme: String

    /// Lines of text below each picture.
    var captionLines: Int {
        switch content {
        case .samples(_, _, let showsClasses): showsClasses ? 1 : 0
        case .mistakes: 2
        }
    }

    /// Of rows of square pictures with their text, where the author says how many stand in a row.
    func preferredHeight(width: Double) -> Double {
        guard let columns else { return PlotCell.preferredHeight(width: width) }
        let rows = (count + columns - 1) / columns
        let text = captionLines < 2 ? 0.16 : 0.32
        return min(max(Double(rows) * (width / Double(columns) + text) + 0.1, 1), 20)
    }
}

extension TrainCell {
    /// The run whose mistakes are meant; `nil` where the cell has several networks and none is named.
    func run(of mistakes: ImagesCell.Mistakes) -> RunIdentifier? {
        guard let network = mistakes.network ?? (networks.count == 1 ? networks[0] : nil),
            let seed = mistakes.seed ?? seeds.first
        else { return nil }
        return RunIdentifier(label: label, network: network, seed: seed)
    }
}
