/// A remark on a place in the plot, set where there is no data, with a line to the place.
public struct AnnotationMark: Sendable, Hashable {
    public var text: String
    /// In the units of the axes; x is the index of the category, from 0, on categorical axes.
    public var point: DataPoint

    public init(_ text: String, at point: DataPoint) {
        self.text = text
        self.point = point
    }
}
