import Datasets
import Plot

/// Figures of every kind from a seed: names of all lengths, gaps, negative and tiny values.
enum FigureGenerator {
    static func figure(seed: UInt64, width: Double, theme: Theme) -> Figure {
        var generator = SeededGenerator(seed: seed, purpose: "figure")
        let formats: [AxisFormat] = [.number, .percent, .seconds, .bytes]
        let isLog = generator.unit() < 0.3
        var y = Axis(
            title: generator.unit() < 0.8 ? word(&generator, 30) : "", unit: generator.unit() < 0.3 ? "images/s" : nil,
            scale: isLog ? .log : .linear, format: formats[generator.index(below: 4)])
        let title = generator.unit() < 0.7 ? word(&generator, 60) : nil
        let size = [1e-6, 0.01, 1, 1, 1, 300, 4e7][generator.index(below: 7)]
        let lowest = isLog || generator.unit() < 0.6 ? 0.02 : -0.6
        func value(_ generator: inout SeededGenerator) -> Double {
            generator.unit() < 0.02 ? .nan : generator.uniform(lowest, 1) * size
        }
        let marks: [Mark]
        var x = Axis(title: generator.unit() < 0.7 ? word(&generator, 25) : "")
        switch generator.index(below: 9) {
        case 0:
            let count = 1 + generator.index(below: 12)
            let length = [1, 2, 3, 10, 40, 200][generator.index(below: 6)]
            x.format = generator.unit() < 0.7 ? .integer : .number
            let longest = generator.unit() < 0.7 ? 12 : 40
            marks = (0..<count).map { index in
                let end = generator.unit() < 0.2 ? 1 + generator.index(below: length) : length
                let points = (1...end).map { DataPoint(x: Double($0), y: value(&generator)) }
                let isBanded = generator.unit() < 0.4
                let band = points.map { Interval(lower: $0.y * 0.9, upper: $0.y * 1.1) }
                return .line(
                    LineMark(
                        name: word(&generator, longest), points: [DataPoint(x: 1, y: size / 2)] + points.dropFirst(),
                        band: isBanded ? band : nil, colorIndex: index))
            }
        case 1:
            let categories = names(&generator, 1 + generator.index(below: 14))
            let groups = 1 + generator.index(below: 4)
            marks = [
                .bars(
                    BarMark(
                        categories: categories,
                        groups: (0..<groups).map { index in
                            var values = categories.map { _ in value(&generator) }
                            values[0] = size / 3
                            let errors = generator.unit() < 0.4 ? values.map { $0.magnitude * 0.1 } : nil
                            return BarGroup(
                                name: word(&generator, 16), values: values, errors: errors, colorIndex: index)
                        }))
            ]
        case 2:
            let count = 1 + generator.index(below: 4)
            let kind = generator.index(below: 3)
            marks =
                (0..<count).map { index in
                    let points = (0..<(2 + generator.index(below: 40))).map {
                        DataPoint(x: Double($0) * 1.5 + 1, y: $0 == 0 ? size / 2 : value(&generator))
                    }
                    let name = word(&generator, 12)
                    switch kind {
                    case 0: return .step(StepMark(name: name, points: points, colorIndex: index))
                    case 1: return .area(AreaMark(name: name, points: points, colorIndex: index))
                    default:
                        let errors = points.map { Interval(lower: $0.y * 0.8, upper: $0.y * 1.2) }
                        return .points(PointMark(name: name, points: points, errors: errors, colorIndex: index))
                    }
                } + [.reference(ReferenceMark(.y(size * 0.7), label: "limit " + word(&generator, 8)))]
        case 3:
            let points = (0..<(1 + generator.index(below: 14))).map { index in
                ScatterPoint(
                    name: word(&generator, 14), x: generator.uniform(1, 100),
                    y: index == 0 ? size / 2 : generator.uniform(0.1, 1) * size, colorIndex: index)
            }
            marks = [.scatter(ScatterMark(points: points, front: ParetoFront()))]
        case 4:
            marks = (0..<(1 + generator.index(below: 3))).map { index in
                let center = generator.uniform(0.3, 1) * size
                return .histogram(
                    HistogramMark(
                        name: word(&generator, 14),
                        values: (0..<(1 + generator.index(below: 400))).map { _ in
                            center * (1 + 0.1 * (generator.uniform(-1, 1) + generator.uniform(-1, 1)))
                        }, colorIndex: index))
            }
        case 5:
            let categories = names(&generator, 1 + generator.index(below: 10))
            marks = [
                .violins(
                    ViolinMark(
                        categories: categories,
                        samples: categories.map { _ in
                            (0..<(1 + generator.index(below: 60))).map { _ in generator.uniform(0.3, 1) * size }
                        }))
            ]
        case 6:
            let (rows, columns) = (
                names(&generator, 1 + generator.index(below: 9)), names(&generator, 1 + generator.index(below: 9))
            )
            marks = [
                .heatMap(
                    HeatMapMark(
                        rows: rows, columns: columns,
                        values: rows.indices.map { row in
                            columns.indices.map { $0 + row == 0 ? size / 2 : value(&generator) }
                        }, valueTitle: word(&generator, 20)))
            ]
        case 7:
            let categories = names(&generator, 1 + generator.index(below: 10))
            marks = [
                .bars(
                    BarMark(
                        categories: categories,
                        groups: (0..<(2 + generator.index(below: 3))).map { index in
                            BarGroup(
                                name: word(&generator, 16),
                                values: categories.map { _ in generator.uniform(0.1, 1) * size }, colorIndex: index)
                        }, arrangement: isLog ? .grouped : .stacked))
            ]
        default:
            let categories = names(&generator, 1 + generator.index(below: 12))
            marks = [
                .boxes(
                    BoxMark(
                        categories: categories,
                        boxes: categories.map { _ in
                            let center = generator.uniform(0.2, 1) * size
                            return .samples(
                                (0..<(1 + generator.index(below: 300))).map { _ in
                                    center * generator.uniform(0.9, 1.1)
                                        * (generator.unit() < 0.03 ? generator.uniform(1, 30) : 1)
                                })
                        }))
            ]
            if y.format == .percent { y.format = .seconds }
        }
        return Figure(marks: marks, xAxis: x, yAxis: y, title: title, width: width, theme: theme)
    }

    /// Words of 1 to `longest` letters in all.
    private static func word(_ generator: inout SeededGenerator, _ longest: Int) -> String {
        let letters = Array("abcdefghiklmnoprstuvwMWé-")
        let count = 1 + generator.index(below: longest)
        var text = ""
        for index in 0..<count {
            let isBreak = index > 2 && generator.unit() < 0.12 && text.last != " "
            text.append(isBreak && index < count - 1 ? " " : letters[generator.index(below: letters.count)])
        }
        return text
    }

    private static func names(_ generator: inout SeededGenerator, _ count: Int) -> [String] {
        let longest = [4, 10, 14, 40][generator.index(below: 4)]
        return (0..<count).map { "\($0)" + word(&generator, longest) }
    }
}
