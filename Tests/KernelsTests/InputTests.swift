import Datasets
import Kernels
import Testing

@Suite struct InputTests {
    @Test(arguments: [(1, 1, 1), (3, 5, 3), (28, 28, 1), (7, 33, 2), (32, 32, 3), (5, 4, 17)])
    func imagesAreGatheredScaledShiftedMirroredAndCut(height: Int, width: Int, channels: Int) {
        var generator = SeededGenerator(seed: UInt64(width))
        let size = height * width * channels
        let pixels = (0..<6 * size).map { _ in UInt8(generator.index(below: 256)) }
        let indices = [5, 0, 0, 3, 5, 1, 2, 4]
        var placements = [
            ImagePlacement(), ImagePlacement(flipped: true),
            ImagePlacement(rowShift: 2 * height, columnShift: -3 * width, flipped: true),
            ImagePlacement(cutout: .init(top: -1, left: -2, side: 4)),
        ]
        for _ in placements.count..<indices.count {
            placements.append(
                ImagePlacement(
                    rowShift: generator.index(below: 9) - 4, columnShift: generator.index(below: 9) - 4,
                    flipped: generator.index(below: 2) == 1,
                    cutout: .init(
                        top: generator.index(below: height + 2) - 2, left: generator.index(below: width + 2) - 2,
                        side: 1 + generator.index(below: 5))))
        }
        let scale = (0..<channels).map { Float(2) / Float(255 + $0) }
        let shift = (0..<channels).map { Float(-1) + Float($0) / 8 }
        let result = LayerTesting.sameEverywhere("\(height)x\(width)x\(channels)") { context in
            var output = LayerTesting.poisoned([indices.count, height, width, channels])
            context.loadImages(
                pixels: pixels, height: height, width: width, channels: channels, indices: indices,
                placements: placements, scale: scale, shift: shift, into: &output)
            return [output]
        }[0]
        var expected: [Float] = []
        for (index, placement) in zip(indices, placements) {
            for y in 0..<height {
                for x in 0..<width {
                    let row = y + placement.rowShift
                    let column = (placement.flipped ? width - 1 - x : x) + placement.columnShift
                    let isInside = (0..<height).contains(row) && (0..<width).contains(column)
                    for c in 0..<channels {
                        let pixel = isInside ? pixels[index * size + (row * width + column) * channels + c] : 0
                        let isCut = placement.cutout.map { square in
                            (square.top..<square.top + square.side).contains(y)
                                && (square.left..<square.left + square.side).contains(x)
                        }
                        expected.append(isCut == true ? 0 : shift[c].addingProduct(Float(pixel), scale[c]))
                    }
                }
            }
        }
        #expect(result.values == expected, "\(height)x\(width)x\(channels)")
    }
}
