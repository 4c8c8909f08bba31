import Datasets
import Foundation
import Report

/// Finds the pictures that image cells show: in the data, or where an earlier render has kept them.
struct SampleLoader {
    let experiment: ExperimentFile
    let content: ReportContent
    /// With the predictions of the cells that show mistakes.
    let results: Results

    /// By label; a cell whose pictures are neither kept nor to be read has none.
    ///
    /// - Parameter reading: whether to look at the data at all. Mistakes are read only where they are not kept, as that
    ///   can mean a pass over a large set; the first images of a set always, as the set may be another one by now.
    func samples(for cells: [ImagesCell], reading: Bool) throws(StoredFileError) -> [String: SampleImages] {
        var samples: [String: SampleImages] = [:]
        for cell in cells {
            guard let request = SampleRequest(cell, content: content, results: results) else { continue }
            let kept = try experiment.store.loadSamples(label: cell.label).flatMap { request.isMet(by: $0) ? $0 : nil }
            if let kept, !reading || request.indices != nil {
                samples[cell.label] = kept
            } else {
                samples[cell.label] = (reading ? read(request) : nil) ?? kept
            }
        }
        return samples
    }

    private func read(_ request: SampleRequest) -> SampleImages? {
        let limit = request.indices.map { ($0.max() ?? 0) + 1 } ?? request.requested
        guard
            let parts = try? DatasetCatalog.open(
                request.dataset, folders: experiment.folders(of: request.dataset), cacheFolder: DataFolders.cache,
                limit: limit, threads: Threads.standard)
        else { return nil }
        let source = request.split == .training ? parts.training : parts.validation
        let indices = request.indices ?? Array(0..<min(request.requested, source.count))
        guard indices.allSatisfy({ $0 < source.count }),
            let images = try? source.images(indices, threads: Threads.standard)
        else { return nil }
        return SampleImages(
            dataset: request.dataset, split: request.split, requested: request.requested, indices: indices,
            height: images.height, width: images.width, channels: images.channels, pixels: images.pixels,
            classes: images.labels.map { images.classNames[Int($0)] })
    }
}
