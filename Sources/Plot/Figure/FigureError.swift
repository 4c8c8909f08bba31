/// Why a figure cannot be laid out.
public enum FigureError: Error, Sendable, Hashable {
    /// No mark holds a value that can be drawn.
    case nothingToDraw
    /// Kinds that cannot share a figure, in order of appearance.
    case incompatibleMarks([Mark.Kind])
    /// Bars, boxes, violins, heat maps and image grids come once in a figure.
    case repeatedMark(Mark.Kind, found: Int)
    /// A kind that cannot stand in panels.
    case notInPanels(Mark.Kind)
    /// A list of the mark at this index (from 0) has another length than it must.
    case wrongCount(mark: Int, list: List, expected: Int, found: Int)
    case repeatedCategory(String)
    /// A category of the mark is not among the axis's labels.
    case unknownCategory(String, expected: [String])
    /// Five numbers of a box that are not finite or not ascending.
    case unorderedBox(category: String, numbers: [Double])
    /// Ends that are not finite or equal, or not positive on a logarithmic axis.
    case badRange(AxisName, lower: Double, upper: Double)
    /// Ends of a heat map's colours that are not finite or equal.
    case badColorRange(lower: Double, upper: Double)
    /// The linear part of a symlog axis: not finite, not positive, or so small that it overflows.
    case badThreshold(AxisName, found: Double)
    /// A number of bins, columns or cells outside what can be drawn.
    case badNumber(Number, found: Int, allowed: ClosedRange<Int>)
    /// Histograms of one figure ask for different numbers of bins.
    case differentBins([Int])
    /// A logarithmic axis, and no value is positive.
    case noPositiveValue(AxisName)
    /// A scale that this axis cannot have with these marks.
    case unsuitableScale(AxisName, Mark.Kind)
    /// A finite value so large that differences overflow.
    case valueTooLarge(AxisName, found: Double, limit: Double)
    /// In inches.
    case badSize(width: Double, height: Double, allowed: ClosedRange<Double>)
    /// What remains for the data, in points, beside titles and labels.
    case noRoom(width: Double, height: Double, needed: Double)

    /// Which list has the wrong length.
    public enum List: Sendable, Hashable {
        case band
        case foot
        case values(group: String)
        case errors(group: String)
        case boxes
        case samples
        case colors
        case rows
        /// The values of this row (from 0) of a heat map.
        case row(Int)
    }

    /// Which number is out of bounds.
    public enum Number: String, Sendable, Hashable {
        case bins, panelColumns, imageColumns, cells
    }
}
