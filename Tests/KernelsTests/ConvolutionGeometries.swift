import Datasets
import Kernels

/// Geometries for the tests of convolutions: drawn ones, and the ones that are easily wrong.
enum ConvolutionGeometries {
    static func make(
        batch: Int = 1, height: Int, width: Int, channels: Int, outputs: Int, kernel: (Int, Int), stride: Int = 1,
        padding: Int = 0, groups: Int = 1
    ) throws -> ConvolutionGeometry {
        try ConvolutionGeometry(
            batch: batch, inputHeight: height, inputWidth: width, inputChannels: channels, outputChannels: outputs,
            kernelHeight: kernel.0, kernelWidth: kernel.1, stride: stride, padding: padding, groups: groups)
    }

    /// Any geometry of at most `mostWork` multiply-adds; draws again where the window does not fit.
    static func draw(from generator: inout SeededGenerator, mostWork: Int) -> ConvolutionGeometry {
        while true {
            let kernel = (1 + generator.index(below: 7), 1 + generator.index(below: 7))
            let square = generator.index(below: 2) == 0
            let grouping = generator.index(below: 6)
            let groups = grouping < 3 ? 1 : 1 + generator.index(below: 9)
            let perGroup: (Int, Int)
            switch grouping {
            case 3: perGroup = (1, 1 + generator.index(below: 4))
            case 4:
                let size = 1 << generator.index(below: 4)
                perGroup = (size, size)
            case 5: perGroup = (1 + generator.index(below: 5), 1 + generator.index(below: 9))
            default: perGroup = (1 + generator.index(below: 40), 1 + generator.index(below: 50))
            }
            let geometry = try? ConvolutionGeometry(
                batch: 1 + generator.index(below: 3), inputHeight: 1 + generator.index(below: 12),
                inputWidth: 1 + generator.index(below: 12), inputChannels: groups * perGroup.0,
                outputChannels: groups * perGroup.1, kernelHeight: kernel.0,
                kernelWidth: square ? kernel.0 : kernel.1, stride: 1 + generator.index(below: 3),
                padding: generator.index(below: kernel.0 + 1), groups: groups)
            if let geometry, geometry.multiplyAdds <= mostWork { return geometry }
        }
    }

    /// Extremes that a draw rarely meets.
    static func hardCases() throws -> [ConvolutionGeometry] {
        var cases = try [
            make(height: 1, width: 1, channels: 1, outputs: 1, kernel: (1, 1)),
            make(height: 1, width: 1, channels: 5, outputs: 7, kernel: (3, 3), padding: 1),
            make(height: 2, width: 200, channels: 3, outputs: 18, kernel: (3, 3), padding: 1),
            make(height: 200, width: 2, channels: 2, outputs: 33, kernel: (5, 2), stride: 2, padding: 2),
            make(height: 3, width: 4, channels: 4, outputs: 4, kernel: (3, 3), padding: 3),
            make(height: 5, width: 5, channels: 6, outputs: 4, kernel: (2, 2), stride: 3, padding: 2),
            make(height: 4, width: 4, channels: 8, outputs: 16, kernel: (1, 1), stride: 3),
            make(height: 4, width: 4, channels: 8, outputs: 16, kernel: (1, 1), padding: 1),
            make(batch: 2, height: 9, width: 9, channels: 1, outputs: 64, kernel: (7, 7), stride: 2, padding: 3),
            make(height: 6, width: 6, channels: 96, outputs: 40, kernel: (3, 3), padding: 1),
            make(height: 3, width: 3, channels: 300, outputs: 20, kernel: (1, 1)),
            make(batch: 3, height: 11, width: 10, channels: 20, outputs: 20, kernel: (3, 3), padding: 1, groups: 20),
            make(height: 13, width: 12, channels: 10, outputs: 50, kernel: (3, 3), stride: 2, padding: 1, groups: 10),
            make(height: 9, width: 33, channels: 17, outputs: 34, kernel: (5, 5), padding: 2, groups: 17),
            make(height: 9, width: 33, channels: 16, outputs: 32, kernel: (3, 3), padding: 1, groups: 16),
            make(height: 7, width: 7, channels: 3, outputs: 48, kernel: (3, 3), padding: 1, groups: 3),
            make(height: 12, width: 23, channels: 34, outputs: 34, kernel: (3, 3), padding: 1, groups: 17),
            make(height: 8, width: 8, channels: 36, outputs: 36, kernel: (3, 3), stride: 2, padding: 1, groups: 9),
            make(height: 8, width: 21, channels: 24, outputs: 24, kernel: (3, 4), padding: 1, groups: 3),
            make(height: 5, width: 6, channels: 64, outputs: 16, kernel: (1, 1), groups: 4),
            make(height: 5, width: 5, channels: 6, outputs: 6, kernel: (2, 2), stride: 4, padding: 1, groups: 6),
            make(batch: 2, height: 30, width: 31, channels: 3, outputs: 5, kernel: (3, 3), padding: 1),
            make(height: 1, width: 1, channels: 2, outputs: 2, kernel: (7, 7), padding: 6, groups: 2),
        ]
        for tail in 1...17 {
            cases.append(
                try make(height: 4, width: 5, channels: tail, outputs: 18 - tail, kernel: (3, 3), padding: 1))
            cases.append(
                try make(height: 4, width: 5, channels: 16 + tail, outputs: 16 + tail, kernel: (3, 3), padding: 1,
                    groups: 16 + tail))
        }
        return cases
    }
}
