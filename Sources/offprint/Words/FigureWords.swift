import Plot

/// The English of what cannot be laid out or written as a picture.
extension FigureError {
    var words: String {
        switch self {
        case .nothingToDraw: "it holds no value that can be drawn"
        case .incompatibleMarks(let kinds): "\(commaSeparated(kinds.map(\.rawValue))) cannot share a figure"
        case .repeatedMark(let kind, let found): "it holds \(kind.rawValue) \(found) times; once is possible"
        case .notInPanels(let kind): "\(kind.rawValue) cannot stand in panels"
        case .wrongCount(let mark, let list, let expected, let found):
            "mark \(mark + 1) has \(found) values where \(expected) belong (\(list))"
        case .repeatedCategory(let name): "the category '\(name)' stands twice"
        case .unknownCategory(let name, let expected): "the category '\(name)' is none of \(commaSeparated(expected))"
        case .unorderedBox(let category, let numbers): "the five numbers of the box '\(category)' do not ascend: \(numbers)"
        case .badRange(let axis, let lower, let upper): "the \(axis.rawValue) axis cannot run from \(lower) to \(upper)"
        case .badColorRange(let lower, let upper): "its colours cannot run from \(lower) to \(upper)"
        case .badThreshold(let axis, let found): "the \(axis.rawValue) axis cannot be linear up to \(found)"
        case .badNumber(let number, let found, let allowed):
            "\(number.rawValue) is \(found); it must be from \(allowed.lowerBound) to \(allowed.upperBound)"
        case .differentBins(let bins): "its histograms ask for different numbers of bins: \(bins)"
        case .noPositiveValue(let axis): "the \(axis.rawValue) axis is logarithmic, and no value is positive"
        case .unsuitableScale(let axis, let kind): "the \(axis.rawValue) axis cannot have that scale with \(kind.rawValue)"
        case .valueTooLarge(let axis, let found, let limit):
            "\(found) on the \(axis.rawValue) axis is too large; at most \(limit) can be drawn"
        case .badSize(let width, let height, let allowed):
            "its size is \(width) by \(height) in; both must be from \(allowed.lowerBound) to \(allowed.upperBound)"
        case .noRoom(let width, let height, _):
            "titles and labels leave no room for the data in \(Int(width)) by \(Int(height)) points; make it larger"
        }
    }
}

extension RenderError {
    var words: String {
        switch self {
        case .badSize(let width, let height, let largest):
            "it would be \(width) by \(height) pixels; at most \(largest) are possible"
        case .noMemory: "there is not enough memory"
        case .library(let message): message
        }
    }
}
