import Datasets
import Foundation
import Report

/// The digests of the images that planned runs are trained on.
///
/// Where a data set is not on this machine, the digest in the lock stands for it: results that are there can be
/// rendered anywhere, and nothing can be trained without the data in any case.
struct DatasetDigests {
    private var known: [String: String] = [:]
    /// What could not be read, by data set.
    private(set) var missing: [String: DatasetError] = [:]

    /// - Parameters:
    ///   - chosen: the runs to know the data of; `nil` for all of the experiment.
    ///   - reading: whether to look at the data; without, only the lock's digests are used.
    init(for experiment: ExperimentFile, chosen: [PlannedRun]? = nil, lock: ResultsLock, reading: Bool) {
        let cache = DatasetDigestCache(cacheFolder: DataFolders.cache, program: Executable.stamp)
        let runs = chosen ?? experiment.plan.runs
        for run in runs where known[Self.name(run)] == nil {
            if reading {
                do throws(DatasetError) {
                    known[Self.name(run)] = try cache.digest(
                        of: run.dataset, limit: run.limit, folders: experiment.folders(of: run.dataset),
                        threads: Threads.standard
                    ) {
                        // Said where a user would wonder what takes so long.
                        if StandardError.isTerminal { StandardError.write("reading \(run.dataset)") }
                    }
                    continue
                } catch {
                    missing[run.dataset] = error
                }
            }
            let locked = runs.filter { Self.name($0) == Self.name(run) }.compactMap { lock.runs[$0.run.description] }
            known[Self.name(run)] = locked.first?.datasetDigest
        }
    }

    /// `nil` where neither the data nor a result on it is there.
    func digest(of run: PlannedRun) -> String? { known[Self.name(run)] }

    private static func name(_ run: PlannedRun) -> String { "\(run.dataset)/\(run.limit.map(String.init) ?? "all")" }
}
