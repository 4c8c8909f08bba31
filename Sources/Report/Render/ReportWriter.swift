internal import Foundation

/// Puts a finished report into its folder.
public enum ReportWriter {
    /// Writes the pictures, then the text, each whole and only where its bytes differ, and at last removes pictures
    /// that the report before referred to and this one does not have. Other files in `images/` are never touched.
    ///
    /// - Parameter path: of the report; pictures go beside it.
    /// - Returns: the paths that were written or removed, in that order.
    @discardableResult
    public static func write(_ report: RenderedReport, to path: String) throws(StoredFileError) -> [String] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let before = try AtomicFile.read(path).map { String(decoding: $0, as: UTF8.self) }
        var changed: [String] = []
        for image in report.images {
            let place = folder + "/" + image.path
            if try AtomicFile.writeIfChanged(Data(image.bytes), to: place) { changed.append(place) }
        }
        if try AtomicFile.writeIfChanged(Data(report.markdown.utf8), to: path) { changed.append(path) }
        let kept = Set(report.images.map(\.path))
        for stale in Set(before.map(images) ?? []).subtracting(kept).sorted() where unlink(folder + "/" + stale) == 0 {
            changed.append(folder + "/" + stale)
        }
        return changed
    }

    /// The pictures that a report of ours refers to: `<img src="images/LABEL.png"` and, for dark pages,
    /// `srcset="images/LABEL.dark.png"`, labels being plain words.
    static func images(in markdown: String) -> [String] {
        ["<img src=\"images/", "srcset=\"images/"].flatMap { start in
            markdown.components(separatedBy: start).dropFirst().compactMap { text in
                guard let end = text.range(of: ".png\"") else { return nil }
                let label = text[..<end.lowerBound]
                let plain = label.hasSuffix(".dark") ? label.dropLast(5) : label
                let isWord = plain.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
                return isWord && !plain.isEmpty ? "images/\(label).png" : nil
            }
        }
    }
}
