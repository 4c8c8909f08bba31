public import Datasets
public import Kernels

extension Model {
    /// Loss and accuracy on `images`, with running batch-norm statistics.
    ///
    /// - Parameter scaling: the one the model was trained with.
    /// - Throws: `TrainingError` where there are no images, or they do not fit the network.
    public func evaluate(
        _ images: any ImageSource, batchSize: Int = 32, scaling: Scaling = .init(), context: KernelContext
    ) throws(TrainingError) -> Evaluation {
        try graph.check(images, as: .inference)
        var lossSum = 0.0
        var correct = 0
        try forEachBatch(of: images, batchSize, scaling, context) { executor, batch in
            let result = executor.loss(labels: batch.labels)
            lossSum += result.lossSum
            correct += result.correct
        }
        let count = images.count
        return Evaluation(
            loss: lossSum / Double(count), accuracy: Double(correct) / Double(count), count: count)
    }

    /// The network's answers, one row of as many numbers as there are classes for each image. Labels are not read.
    ///
    /// The answer for an image depends on the batch it is in by rounding alone: how many images there are may choose
    /// another algorithm for a convolution.
    public func logits(
        _ images: any ImageSource, batchSize: Int = 32, scaling: Scaling = .init(), context: KernelContext
    ) throws(TrainingError) -> [[Float]] {
        try graph.check(images, as: .inference, labelled: false)
        var rows: [[Float]] = []
        try forEachBatch(of: images, batchSize, scaling, context) { executor, batch in
            let values = executor.logits.values
            let classes = values.count / batch.labels.count
            for row in batch.labels.indices { rows.append(Array(values[row * classes..<(row + 1) * classes])) }
        }
        return rows
    }

    /// What the network says of each image, in their order.
    ///
    /// - Parameter scaling: the one the model was trained with.
    /// - Throws: `TrainingError` where there are no images, or they do not fit the network.
    public func predictions(
        _ images: any ImageSource, batchSize: Int = 32, scaling: Scaling = .init(), context: KernelContext
    ) throws(TrainingError) -> [Prediction] {
        try graph.check(images, as: .inference)
        var predictions: [Prediction] = []
        predictions.reserveCapacity(images.count)
        try forEachBatch(of: images, batchSize, scaling, context) { executor, batch in
            let values = executor.logits.values
            let classes = values.count / batch.labels.count
            for (row, label) in batch.labels.enumerated() {
                predictions.append(
                    Prediction(logits: values[row * classes..<(row + 1) * classes], label: Int(label)))
            }
        }
        return predictions
    }

    /// Seconds of each of `count` forward passes of one image, after `warmUp` passes that are not measured.
    ///
    /// Batch norms are folded into the convolutions before them and weights are packed, as a program that only answers
    /// would do once.
    /// Loading the image is not measured.
    /// - Parameters:
    ///   - image: the first of these.
    ///   - clock: seconds from any start.
    public func measureInference(
        image: any ImageSource, count: Int = 1000, warmUp: Int = 10, scaling: Scaling = .init(),
        context: KernelContext, clock: () -> Double
    ) throws(TrainingError) -> [Double] {
        try graph.check(image, as: .inference, labelled: false)
        let folded = foldingBatchNorms()
        let executor = Executor(graph: folded.graph, context: context)
        var state = folded.state
        try scaling.check(channels: image.channels)
        let loader = BatchLoader(image.prefix(1), scaling: scaling)
        let feed = BatchFeed(
            loader, batches: loader.batches(of: 1), instructionSet: context.instructionSet, threads: 1)
        let loaded = try feed.next()
        try executor.load(batch: 1) { context.copy(loaded.images, into: &$0) }
        executor.prepare(folded.parameters)
        for _ in 0..<max(0, warmUp) { executor.forward(folded.parameters, state: &state, training: false) }
        var seconds: [Double] = []
        for _ in 0..<max(0, count) {
            let begin = clock()
            executor.forward(folded.parameters, state: &state, training: false)
            seconds.append(clock() - begin)
        }
        return seconds
    }

    /// Hands `body` the executor after the forward pass of each batch, in the order of the images.
    private func forEachBatch(
        of images: any ImageSource, _ batchSize: Int, _ scaling: Scaling, _ context: KernelContext,
        _ body: (Executor, BatchLoader.Batch) -> Void
    ) throws(TrainingError) {
        try scaling.check(channels: images.channels)
        let loader = BatchLoader(images, scaling: scaling)
        let executor = Executor(graph: graph, context: context)
        var state = state
        let batches = loader.batches(of: max(1, batchSize))
        let feed = BatchFeed(
            loader, batches: batches, instructionSet: context.instructionSet, threads: context.pool.threads)
        for _ in batches {
            let loaded = try feed.next()
            try executor.load(batch: loaded.batch.labels.count) { context.copy(loaded.images, into: &$0) }
            executor.forward(parameters, state: &state, training: false)
            body(executor, loaded.batch)
            feed.recycle(loaded)
        }
    }
}

extension Graph {
    /// How many of the graph's convolutions run by each algorithm, at that batch size.
    /// - Throws: `TrainingError.geometry` where the kernels refuse a layer.
    public func algorithms(batchSize: Int = 32) throws(TrainingError) -> [String: Int] {
        var counts: [String: Int] = [:]
        for node in nodes {
            let geometry = try NodeGeometry(graph: self, node: node, batch: batchSize)
            guard case .convolution(let convolution) = geometry.kind else { continue }
            counts[convolution.algorithm(for: .forward).rawValue, default: 0] += 1
        }
        return counts
    }
}
