import Datasets
import Foundation
import Report

/// Reads the pictures that image cells show.
enum SampleLoader {
    /// By label; a cell whose data set is not here has none.
    static func samples(for cells: [ImagesCell], of experiment: ExperimentFile) -> [String: SampleImages] {
        var samples: [String: SampleImages] = [:]
        for cell in cells {
            guard
                let parts = try? DatasetCatalog.open(
                    cell.dataset, folders: experiment.folders(of: cell.dataset), cacheFolder: DataFolders.cache,
                    limit: cell.count, threads: Threads.standard),
                let images = try? (cell.split == .training ? parts.training : parts.validation)
                    .loaded(threads: Threads.standard)
            else { continue }
            samples[cell.label] = SampleImages(
                height: images.height, width: images.width, channels: images.channels, pixels: images.pixels,
                captions: images.labels.map { images.classNames[Int($0)] })
        }
        return samples
    }
}
