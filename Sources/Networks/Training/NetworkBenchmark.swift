import Datasets
public import Kernels

/// Measures how fast one network trains and answers, on images of noise of its shape.
///
/// A measurement runs once or twice to warm up, then at least `leastRuns` times and at least `seconds` long; what is
/// given is the median. Loading images is not part of it. The clock is handed in; nothing is printed.
public struct NetworkBenchmark {
    public let batchSize: Int
    /// Each measurement runs at least this long.
    public let seconds: Double

    private static let leastRuns = 3
    private let context: KernelContext
    private let clock: () -> Double
    private var model: Model

    /// - Parameters:
    ///   - seconds: the least time spent on each measurement; one run of a large network takes longer.
    ///   - clock: seconds from any start; must not go backwards.
    public init(
        graph: Graph, batchSize: Int, context: KernelContext, seconds: Double = 1, clock: @escaping () -> Double
    ) {
        precondition(batchSize >= 1, "a batch needs at least one image")
        self.batchSize = batchSize
        self.seconds = seconds
        self.context = context
        self.clock = clock
        model = Model(graph: graph, seed: 1)
    }

    /// Images a second in training: forward, loss, backward and a step of Adam.
    /// - Throws: `TrainingError.geometry` where the kernels refuse a layer at that batch size.
    public mutating func training() throws(TrainingError) -> Double {
        let executor = Executor(graph: model.graph, context: context)
        var optimizer = OptimizerState(.published)
        let labels = try load(batchSize, into: executor)
        return Double(batchSize) / median { step(executor, &optimizer, labels) }
    }

    /// Images a second of forward passes, batch norms folded into the convolutions before them and
    /// weights packed once.
    /// - Throws: `TrainingError.geometry` where the kernels refuse a layer at that batch size.
    public mutating func inference() throws(TrainingError) -> Double {
        try Double(batchSize) / forwardSeconds(batch: batchSize)
    }

    /// Seconds of the forward pass of one image, likewise.
    /// - Throws: `TrainingError.geometry` where the kernels refuse a layer.
    public mutating func singleImage() throws(TrainingError) -> Double { try forwardSeconds(batch: 1) }

    /// Where the time of a training step goes, by kind of layer and pass, the most expensive first.
    /// - Throws: `TrainingError.geometry` where the kernels refuse a layer at that batch size.
    public mutating func profile() throws(TrainingError) -> [NetworkProfile.Row] {
        let executor = Executor(graph: model.graph, context: context)
        var optimizer = OptimizerState(.published)
        let labels = try load(batchSize, into: executor)
        for _ in 0..<2 { step(executor, &optimizer, labels) }
        var profile = NetworkProfile(graph: model.graph, batch: batchSize)
        let start = clock()
        while profile.steps < Self.leastRuns || clock() - start < seconds {
            profile.begin(at: clock())
            executor.trace = { [clock] node, pass in profile.add(node: node, pass, now: clock()) }
            executor.forward(model.parameters, state: &model.state, training: true)
            _ = executor.loss(labels: labels)
            executor.backward(model.parameters)
            executor.trace = nil
            optimizer.step(
                &model.parameters, gradients: executor.parameterGradients, rateFactor: 1, context: context)
            profile.add("optimizer", "step", now: clock())
        }
        return profile.rows
    }

    /// How long every layer takes in each pass of a training step, equal layers put together.
    /// - Throws: `TrainingError.geometry` where the kernels refuse a layer at that batch size.
    public mutating func layers() throws(TrainingError) -> [LayerTiming] {
        let executor = Executor(graph: model.graph, context: context)
        var optimizer = OptimizerState(.published)
        let labels = try load(batchSize, into: executor)
        for _ in 0..<2 { step(executor, &optimizer, labels) }
        var recorder = LayerRecorder(
            graph: model.graph, geometries: executor.geometries, program: executor.trainingProgram, batch: batchSize)
        var steps = 0
        let start = clock()
        while steps < Self.leastRuns || (clock() - start < seconds && steps < 10_000) {
            recorder.begin(at: clock())
            executor.trace = { [clock] node, pass in recorder.add(node: node, pass, now: clock()) }
            step(executor, &optimizer, labels)
            executor.trace = nil
            recorder.endStep()
            steps += 1
        }
        return recorder.layers
    }

    private mutating func step(_ executor: Executor, _ optimizer: inout OptimizerState, _ labels: [Int32]) {
        executor.forward(model.parameters, state: &model.state, training: true)
        _ = executor.loss(labels: labels)
        executor.backward(model.parameters)
        optimizer.step(&model.parameters, gradients: executor.parameterGradients, rateFactor: 1, context: context)
    }

    private mutating func forwardSeconds(batch: Int) throws(TrainingError) -> Double {
        let folded = model.foldingBatchNorms()
        let executor = Executor(graph: folded.graph, context: context)
        var state = folded.state
        _ = try load(batch, into: executor)
        executor.prepare(folded.parameters)
        return median { executor.forward(folded.parameters, state: &state, training: false) }
    }

    /// Fills the executor's images with noise within ±1 and gives each a label.
    private func load(_ batch: Int, into executor: Executor) throws(TrainingError) -> [Int32] {
        var generator = SeededGenerator(seed: 1, purpose: "benchmark")
        try executor.load(batch: batch) { images in
            for index in 0..<images.count { images[index] = Float(generator.uniform(-1, 1)) }
        }
        let classes = model.graph.output.outputShape.channels
        return (0..<batch).map { Int32($0 % classes) }
    }

    private func median(_ body: () -> Void) -> Double {
        body()
        let warm = clock()
        body()
        let first = clock() - warm
        // A second warm-up is enough for networks whose step takes long.
        if first < 0.1 { for _ in 0..<3 { body() } }
        var times: [Double] = []
        let start = clock()
        while times.count < Self.leastRuns || (clock() - start < seconds && times.count < 10_000) {
            let begin = clock()
            body()
            times.append(clock() - begin)
        }
        times.sort()
        return max(times[times.count / 2], 1e-9)
    }
}
