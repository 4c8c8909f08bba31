/// Pictures in rows, each with a caption: samples of a data set, or the worst mistakes of a network.
public struct ImageGridMark: Sendable, Hashable {
    public var images: [GridImage]
    /// `nil`: as many as make the pictures largest.
    public var columns: Int?

    public init(images: [GridImage], columns: Int? = nil) {
        self.images = images
        self.columns = columns
    }
}

public struct GridImage: Sendable, Hashable {
    /// What a frame around the picture says.
    public enum Verdict: String, Sendable, Hashable {
        case none, right, wrong
    }

    public var raster: Raster
    /// Lines below the picture (the truth, then the prediction). Shortened where they do not fit.
    public var caption: [String]
    public var verdict: Verdict

    public init(raster: Raster, caption: [String] = [], verdict: Verdict = .none) {
        self.raster = raster
        self.caption = caption
        self.verdict = verdict
    }
}
