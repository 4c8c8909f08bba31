/// What is drawn from data. Each kind has a file of its own in this folder: the value first, then how it is laid out.
///
/// Which kinds can share a figure:
///
///     line step area points scatter   any number of each, on the same numeric axes (or on labels from 0)
///     histogram                       any number, on the same bins
///     bars | boxes | violins          one
///     heatMap | images                one, with nothing else
///     reference annotation            any number, with all but heat maps and images
public enum Mark: Sendable, Hashable {
    /// One series of joined points, with a band; a figure may have many.
    case line(LineMark)
    case step(StepMark)
    case area(AreaMark)
    /// Points that are not joined.
    case points(PointMark)
    /// Named points, with the Pareto front through the best of them.
    case scatter(ScatterMark)
    case histogram(HistogramMark)
    case bars(BarMark)
    case boxes(BoxMark)
    case violins(ViolinMark)
    case heatMap(HeatMapMark)
    case images(ImageGridMark)
    case reference(ReferenceMark)
    case annotation(AnnotationMark)

    /// The case without its payload, for errors.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case line, step, area, points, scatter, histogram, bars, boxes, violins, heatMap, images, reference, annotation
    }

    public var kind: Kind {
        switch self {
        case .line: .line
        case .step: .step
        case .area: .area
        case .points: .points
        case .scatter: .scatter
        case .histogram: .histogram
        case .bars: .bars
        case .boxes: .boxes
        case .violins: .violins
        case .heatMap: .heatMap
        case .images: .images
        case .reference: .reference
        case .annotation: .annotation
        }
    }
}

/// A value at a place, in the units of the axes.
public struct DataPoint: Sendable, Hashable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// Two ends of a band; unlike a `ClosedRange` it can hold values that are not finite, which are then skipped.
public struct Interval: Sendable, Hashable {
    public var lower: Double
    public var upper: Double

    public init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}
