import Datasets
import Plot

/// Figures that tests share.
enum Samples {
    static let names = [
        "plain", "residual", "bottleneck", "ResNeXt", "Xception", "dense", "MobileNet", "ShuffleNet",
    ]

    static func lines(count: Int, epochs: Int, banded: Bool = false, seed: UInt64 = 1) -> [Mark] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { index in
            let top = generator.uniform(0.9, 0.99)
            let points = (1...max(1, epochs)).map { epoch in
                DataPoint(
                    x: Double(epoch), y: top - 0.5 / Double(epoch + index % 3) + generator.uniform(-0.005, 0.005))
            }
            let band = points.map { Interval(lower: $0.y - 0.02, upper: $0.y + 0.02) }
            return .line(
                LineMark(
                    name: index < 8 ? names[index] : "network \(index)", points: points,
                    band: banded ? band : nil, colorIndex: index))
        }
    }

    static func accuracies(
        count: Int, epochs: Int, banded: Bool = false, width: Double = 4.2, theme: Theme = .github
    ) -> Figure {
        Figure(
            marks: lines(count: count, epochs: epochs, banded: banded),
            xAxis: Axis(title: "Epoch", format: .integer),
            yAxis: Axis(title: "Validation accuracy", format: .percent), title: "CIFAR-10", width: width,
            theme: theme)
    }

    static func fileSizes(width: Double = 4.2, theme: Theme = .github) -> Figure {
        let sizes = [1.08e6, 1.11e6, 0.31e6, 0.44e6, 0.26e6, 0.72e6, 0.15e6, 0.12e6]
        return Figure(
            marks: [
                .bars(
                    BarMark(
                        categories: names, groups: [BarGroup(name: "size", values: sizes)],
                        categoryColors: Array(0..<8)))
            ], yAxis: Axis(title: "File size", format: .bytes), title: "Size of the model file", width: width,
            theme: theme)
    }

    static func groupedBars(width: Double = 4.2, theme: Theme = .github) -> Figure {
        let values = [0.91, 0.93, 0.92, 0.94, 0.9, 0.95, 0.88, 0.87]
        return Figure(
            marks: [
                .bars(
                    BarMark(
                        categories: names,
                        groups: [
                            BarGroup(name: "training", values: values, errors: values.map { _ in 0.02 }),
                            BarGroup(name: "validation", values: values.map { $0 - 0.05 }, colorIndex: 1),
                        ]))
            ], yAxis: Axis(title: "Accuracy", format: .percent), width: width, theme: theme)
    }

    /// A thousand times a network, some of them ten times as long.
    static func timings(seed: UInt64, count: Int = 1000) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        let base = generator.uniform(0.002, 0.006)
        return (0..<count).map { _ in
            let noise = generator.uniform(-1, 1) + generator.uniform(-1, 1) + generator.uniform(-1, 1)
            let isSlow = generator.unit() < 0.02
            return base * (1 + 0.08 * noise) * (isSlow ? generator.uniform(1.5, 10) : 1)
        }
    }

    static func inferenceTimes(scale: AxisScale = .linear, width: Double = 4.2, theme: Theme = .github) -> Figure {
        Figure(
            marks: [
                .boxes(
                    BoxMark(
                        categories: names, boxes: (0..<8).map { .samples(timings(seed: $0)) },
                        colorIndices: Array(0..<8)))
            ], yAxis: Axis(title: "Inference time", scale: scale, format: .seconds), title: "MNIST", width: width,
            theme: theme)
    }
}
