internal import Networks

extension ResultsLock: StoredValue {
    static var kind: StoredFileError.FileKind { .lock }

    var firstProblem: (place: String, problem: String)? {
        for (name, run) in runs.sorted(by: { $0.key < $1.key }) {
            let place = "runs.\(name)"
            if RunIdentifier(name) == nil { return (place, "is not of the form label/network/seed") }
            if let problem = problem(inDigest: run.key) { return (place + ".key", problem) }
            if let problem = problem(inDigest: run.datasetDigest) { return (place + ".datasetDigest", problem) }
            if let problem = problem(inDigest: run.weightsDigest) { return (place + ".weightsDigest", problem) }
            let counts = [
                ("fileSize", run.fileSize), ("multiplyAdds", run.multiplyAdds), ("parameters", run.parameters),
                ("trainImages", run.trainImages), ("validImages", run.validImages),
            ]
            for (field, count) in counts where count < 0 { return ("\(place).\(field)", "is negative: \(count)") }
            for (index, epoch) in run.epochs.enumerated() where epoch.epoch != index + 1 {
                return ("\(place).epochs.\(index).epoch", "is \(epoch.epoch) where epoch \(index + 1) stands")
            }
        }
        return nil
    }
}

extension Timings: StoredValue {
    static var kind: StoredFileError.FileKind { .timings }

    var firstProblem: (place: String, problem: String)? {
        if machine.cores < 1 { return ("machine.cores", "is less than 1: \(machine.cores)") }
        for (name, run) in runs.sorted(by: { $0.key < $1.key }) {
            let place = "runs.\(name)"
            if RunIdentifier(name) == nil { return (place, "is not of the form label/network/seed") }
            if let problem = problem(inDigest: run.key) { return (place + ".key", problem) }
            if run.threads < 1 { return (place + ".threads", "is less than 1: \(run.threads)") }
            for (index, seconds) in run.inferenceCPU.enumerated() where !(seconds >= 0 && seconds.isFinite) {
                return ("\(place).inferenceCPU.\(index)", "is no time: \(seconds)")
            }
        }
        for (name, measurement) in (layers ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let found = measurement.firstProblem { return ("layers.\(name).\(found.place)", found.problem) }
        }
        return nil
    }
}

extension LayerMeasurement {
    fileprivate var firstProblem: (place: String, problem: String)? {
        if let problem = problem(inDigest: key) { return ("key", problem) }
        if threads < 1 { return ("threads", "is less than 1: \(threads)") }
        for (field, rate) in [("gflops", limits.gflops), ("gigabytesPerSecond", limits.gigabytesPerSecond)]
        where !(rate > 0 && rate.isFinite) {
            return ("limits.\(field)", "is no rate: \(rate)")
        }
        for (index, layer) in layers.enumerated() {
            let place = "layers.\(index)"
            if layer.count < 1 { return (place + ".count", "is less than 1: \(layer.count)") }
            if !(layer.seconds > 0 && layer.seconds.isFinite) { return (place + ".seconds", "is no time: \(layer.seconds)") }
            for (field, amount) in [("operations", layer.operations), ("bytes", layer.bytes)]
            where !(amount >= 0 && amount.isFinite) {
                return ("\(place).\(field)", "is no amount: \(amount)")
            }
        }
        return nil
    }
}

private func problem(inDigest text: String) -> String? {
    let isDigest = text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    return isDigest ? nil : "is not 64 hexadecimal digits in lower case"
}
