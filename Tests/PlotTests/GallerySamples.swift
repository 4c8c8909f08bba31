import Foundation
import Plot

/// One figure of every kind, from formulas: for golden drawings, for the properties that all pictures have, and to be
/// looked at.
enum GallerySamples {
    static let networks = [
        "plain", "residual", "bottleneck", "ResNeXt", "Xception", "dense", "MobileNet", "ShuffleNet",
    ]

    /// The same sequence everywhere, in `0..<1`.
    private static func noise(_ index: Int, _ stream: Int = 0) -> Double {
        var bits = UInt64(truncatingIfNeeded: index &* 7919 &+ stream &* 104_729 &+ 1) &* 0x9e37_79b9_7f4a_7c15
        bits ^= bits >> 29
        bits = bits &* 0xbf58_476d_1ce4_e5b9
        bits ^= bits >> 32
        return Double(bits >> 11) / Double(UInt64(1) << 53)
    }

    /// About normal, of deviation one.
    private static func bell(_ index: Int, _ stream: Int) -> Double {
        (0..<12).map { noise(index * 12 + $0, stream) }.reduce(0, +) - 6
    }

    static let all: [(name: String, make: @Sendable (Double, Theme) -> Figure)] = [
        ("line-band", lineBand), ("step", step), ("area-stacked", areaStacked), ("points", points),
        ("scatter-pareto", scatter), ("histogram", histogram), ("bars-stacked", barsStacked), ("violins", violins),
        ("confusion", confusion), ("heat-map", heatMap), ("images", images), ("panels", panels),
        ("panels-bars", panelsOfBars), ("log-axes", logAxes), ("symlog", symlog), ("annotations", annotations),
    ]

    @Sendable static func lineBand(_ width: Double, _ theme: Theme) -> Figure {
        let marks = (0..<4).map { index -> Mark in
            let points = (1...30).map { epoch -> DataPoint in
                let rise = 1 - exp(-Double(epoch) / (4 + 2 * Double(index)))
                return DataPoint(
                    x: Double(epoch), y: 0.55 + (0.38 - 0.03 * Double(index)) * rise + 0.006 * bell(epoch, index))
            }
            let band = points.map { Interval(lower: $0.y - 0.03 + 0.0006 * $0.x, upper: $0.y + 0.03 - 0.0006 * $0.x) }
            return .line(LineMark(name: networks[index], points: points, band: band, colorIndex: index))
        }
        return Figure(
            marks: marks, xAxis: Axis(title: "Epoch", format: .integer),
            yAxis: Axis(title: "Validation accuracy, mean ± sd of 5 seeds", format: .percent), title: "CIFAR-10",
            width: width, theme: theme)
    }

    @Sendable static func step(_ width: Double, _ theme: Theme) -> Figure {
        func rates(_ drops: [Int], _ factor: Double) -> [DataPoint] {
            (0...60).map { epoch in
                DataPoint(x: Double(epoch), y: 0.1 * pow(factor, Double(drops.count { $0 <= epoch })))
            }
        }
        return Figure(
            marks: [
                .step(StepMark(name: "step", points: rates([20, 40, 50], 0.2), colorIndex: 0)),
                .step(StepMark(name: "slow", points: rates([10, 20, 30, 40, 50], 0.5), colorIndex: 1)),
            ], xAxis: Axis(title: "Epoch", format: .integer), yAxis: Axis(title: "Learning rate $\\eta$", scale: .log),
            title: "Schedules", width: width, theme: theme)
    }

    @Sendable static func areaStacked(_ width: Double, _ theme: Theme) -> Figure {
        let names = ["convolution", "normalization", "activation", "other"]
        let areas = names.enumerated().map { index, name in
            AreaMark(
                name: name,
                points: (1...24).map { batch in
                    DataPoint(
                        x: Double(batch), y: [0.031, 0.012, 0.006, 0.004][index] * (1 + 0.15 * noise(batch, index)))
                }, colorIndex: index)
        }
        return Figure(
            marks: (AreaMark.stacked(areas) ?? []).map(Mark.area), xAxis: Axis(title: "Batch", format: .integer),
            yAxis: Axis(title: "Time in a batch", format: .seconds), width: width, theme: theme)
    }

    @Sendable static func points(_ width: Double, _ theme: Theme) -> Figure {
        let marks = (0..<3).map { index -> Mark in
            let points = (0..<14).map { place in
                DataPoint(
                    x: 8 + 4 * Double(place), y: 20 + 30 * Double(index) + 2.4 * Double(place) + 4 * bell(place, index))
            }
            return .points(
                PointMark(
                    name: ["direct", "Winograd", "FFT"][index], points: points,
                    errors: points.map { Interval(lower: $0.y - 5, upper: $0.y + 5) }, colorIndex: index))
        }
        return Figure(
            marks: marks, xAxis: Axis(title: "Channels", format: .integer),
            yAxis: Axis(title: "Speed", unit: "GFLOP/s"),
            title: "Convolution 3×3", width: width, theme: theme)
    }

    @Sendable static func scatter(_ width: Double, _ theme: Theme) -> Figure {
        let parameters: [Double] = [1.08e6, 1.11e6, 0.31e6, 0.44e6, 0.26e6, 0.72e6, 0.15e6, 0.12e6]
        let accuracies = [0.902, 0.921, 0.917, 0.919, 0.911, 0.925, 0.893, 0.881]
        let points = networks.indices.map { index in
            ScatterPoint(
                name: networks[index], x: parameters[index], y: accuracies[index],
                yError: Interval(lower: accuracies[index] - 0.004, upper: accuracies[index] + 0.004), colorIndex: index)
        }
        return Figure(
            marks: [.scatter(ScatterMark(points: points, front: ParetoFront()))],
            xAxis: Axis(title: "Parameters", scale: .log), yAxis: Axis(title: "Validation accuracy", format: .percent),
            title: "Accuracy for its price", width: width, theme: theme)
    }

    @Sendable static func histogram(_ width: Double, _ theme: Theme) -> Figure {
        func times(_ stream: Int, _ center: Double, _ spread: Double) -> [Double] {
            (0..<900).map { center + spread * bell($0, stream) }
        }
        return Figure(
            marks: [
                .histogram(
                    HistogramMark(name: "plain", values: times(1, 0.0042, 0.0004), isShare: true, colorIndex: 0)),
                .histogram(
                    HistogramMark(name: "dense", values: times(2, 0.0051, 0.0005), isShare: true, colorIndex: 5)),
            ], xAxis: Axis(title: "Inference time", format: .seconds),
            yAxis: Axis(title: "Share of images", format: .percent), title: "How long an image takes", width: width,
            theme: theme)
    }

    @Sendable static func barsStacked(_ width: Double, _ theme: Theme) -> Figure {
        let passes = ["forward", "data gradient", "weight gradient"]
        return Figure(
            marks: [
                .bars(
                    BarMark(
                        categories: networks,
                        groups: passes.enumerated().map { group, name in
                            BarGroup(
                                name: name, values: networks.indices.map { 0.004 + 0.009 * noise($0, group + 5) },
                                colorIndex: group)
                        }, arrangement: .stacked))
            ], yAxis: Axis(title: "Time for a batch", format: .seconds), title: "Where the time goes", width: width,
            theme: theme)
    }

    @Sendable static func violins(_ width: Double, _ theme: Theme) -> Figure {
        Figure(
            marks: [
                .violins(
                    ViolinMark(
                        categories: networks,
                        samples: networks.indices.map { index in
                            (0..<300).map { sample in
                                0.004 + 0.0006 * Double(index % 4)
                                    + 0.0003 * bell(sample, index) + (noise(sample, 90 + index) < 0.3 ? 0.0012 : 0)
                            }
                        }, colorIndices: Array(0..<8)))
            ], yAxis: Axis(title: "Inference time", format: .seconds), title: "MNIST", width: width, theme: theme)
    }

    @Sendable static func confusion(_ width: Double, _ theme: Theme) -> Figure {
        let classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
        let counts = classes.indices.map { row in
            classes.indices.map { column -> Int in
                if row == column { return 780 + Int(170 * noise(row, 3)) }
                let isAlike = [(3, 5), (5, 3), (1, 9), (9, 1), (0, 8), (8, 0)].contains { $0 == (row, column) }
                return Int((isAlike ? 90 : 24) * noise(row * 10 + column, 4))
            }
        }
        return Figure(
            marks: [.heatMap(.confusion(classes: classes, counts: counts))], xAxis: Axis(title: "Predicted class"),
            yAxis: Axis(title: "True class"), title: "Mistakes on CIFAR-10", width: width, theme: theme)
    }

    @Sendable static func heatMap(_ width: Double, _ theme: Theme) -> Figure {
        let sizes = ["8", "16", "32", "64", "128", "256"]
        let values = (0..<4).map { row in
            sizes.indices.map { column in
                row == 2 && column == 4
                    ? .nan : 0.6 * Double(row) - 0.35 * Double(column) + 0.5 * bell(row * 6 + column, 1)
            }
        }
        return Figure(
            marks: [
                .heatMap(
                    HeatMapMark(
                        rows: ["1×1", "3×3", "5×5", "7×7"], columns: sizes, values: values,
                        colorScale: .diverging(middle: 0), valueTitle: "Speedup over direct (log₂)"))
            ], xAxis: Axis(title: "Channels"), yAxis: Axis(title: "Kernel"), title: "Winograd and FFT", width: width,
            theme: theme)
    }

    @Sendable static func images(_ width: Double, _ theme: Theme) -> Figure {
        let images = (0..<12).map { index -> GridImage in
            let pixels = (0..<(28 * 28)).map { pixel -> UInt8 in
                let (x, y) = (Double(pixel % 28) - 13.5, Double(pixel / 28) - 13.5)
                let radius = (x * x + y * y).squareRoot()
                let ring = exp(-pow((radius - 4 - 0.6 * Double(index)) / 1.8, 2))
                return UInt8(max(0, min(255, 255 * ring + 20 * noise(pixel, index))))
            }
            let isWrong = index % 3 == 0
            let raster = Raster(width: 28, height: 28, gray: pixels) ?? Raster(width: 1, height: 1, gray: [0])
            return GridImage(
                raster: raster!,
                caption: ["truth \(index % 10)", isWrong ? "taken for \((index + 3) % 10)" : "0.\(98 - index)"],
                verdict: isWrong ? .wrong : .right)
        }
        return Figure(
            marks: [.images(ImageGridMark(images: images))], title: "Worst mistakes", width: width, theme: theme)
    }

    @Sendable static func panels(_ width: Double, _ theme: Theme) -> Figure {
        let panels = networks.prefix(6).enumerated().map { index, name in
            Panel(
                title: name,
                marks: [0, 1].map { kind in
                    .line(
                        LineMark(
                            name: kind == 0 ? "training" : "validation",
                            points: (1...20).map { epoch in
                                DataPoint(
                                    x: Double(epoch),
                                    y: 2.2 * exp(-Double(epoch) / (5 + Double(index))) + 0.25 * Double(kind)
                                        + 0.05 * noise(epoch, index))
                            }, colorIndex: kind))
                })
        }
        return Figure(
            marks: [.reference(ReferenceMark(.y(0.25)))], panels: Array(panels),
            xAxis: Axis(title: "Epoch", format: .integer), yAxis: Axis(title: "Loss"), title: "Loss by network",
            width: width, theme: theme)
    }

    @Sendable static func panelsOfBars(_ width: Double, _ theme: Theme) -> Figure {
        let panels = ["MNIST", "CIFAR-10", "STL-10"].enumerated().map { index, name in
            Panel(
                title: name,
                marks: [
                    .bars(
                        BarMark(
                            categories: Array(networks.prefix(4)),
                            groups: [
                                BarGroup(
                                    name: "accuracy",
                                    values: (0..<4).map { 0.95 - 0.15 * Double(index) + 0.04 * noise($0, index) },
                                    colorIndex: index)
                            ], valueLabels: false, categoryColors: [0, 1, 2, 3]))
                ])
        }
        return Figure(
            marks: [], panels: panels, panelColumns: 3, yAxis: Axis(title: "Validation accuracy", format: .percent),
            width: width, theme: theme)
    }

    @Sendable static func logAxes(_ width: Double, _ theme: Theme) -> Figure {
        let marks = ["direct", "Winograd", "FFT"].enumerated().map { index, name -> Mark in
            .line(
                LineMark(
                    name: name,
                    points: (0...6).map { step in
                        let size = pow(2, Double(step + 2))
                        return DataPoint(
                            x: size, y: [2e-6, 5e-6, 4e-5][index] * pow(size / 4, [2.1, 1.8, 1.2][index]))
                    }, colorIndex: index))
        }
        return Figure(
            marks: marks, xAxis: Axis(title: "Kernel width", unit: "pixels", scale: .log),
            yAxis: Axis(title: "Time", scale: .log, format: .seconds), title: "Both axes logarithmic", width: width,
            theme: theme)
    }

    @Sendable static func symlog(_ width: Double, _ theme: Theme) -> Figure {
        let marks = [1.0, -0.4].enumerated().map { index, sign -> Mark in
            .line(
                LineMark(
                    name: index == 0 ? "rising" : "falling",
                    points: (0...60).map { step in
                        let x = Double(step - 30) / 10
                        return DataPoint(x: x, y: sign * (x < 0 ? -1 : 1) * (pow(10, x.magnitude * 1.3) - 1))
                    }, colorIndex: index))
        }
        return Figure(
            marks: marks, xAxis: Axis(title: "Input"), yAxis: Axis(title: "Response", scale: .symlog(threshold: 1)),
            title: "Both signs over decades", width: width, theme: theme)
    }

    @Sendable static func annotations(_ width: Double, _ theme: Theme) -> Figure {
        let points = (1...40).map { epoch -> DataPoint in
            let rise = epoch < 20 ? 0.9 - 0.6 * exp(-Double(epoch) / 5) : 0.93 - 0.05 * exp(-Double(epoch - 20) / 3)
            return DataPoint(x: Double(epoch), y: rise + 0.004 * bell(epoch, 8))
        }
        return Figure(
            marks: [
                .line(LineMark(name: "residual", points: points)),
                .reference(ReferenceMark(.y(0.1), label: "chance")),
                .reference(ReferenceMark(.y(0.95), label: "published")),
                .reference(ReferenceMark(.x(20), label: "rate ÷ 10")),
                .annotation(AnnotationMark("first epoch above 80%", at: points[8])),
            ], xAxis: Axis(title: "Epoch", format: .integer),
            yAxis: Axis(title: "Validation accuracy", format: .percent),
            title: "References and remarks", width: width, theme: theme)
    }
}
