import Datasets
import Kernels
import Testing

@Suite struct InputTests {
    @Test func imagesAreGatheredScaledAndMirrored() {
        for (height, width, channels) in [(1, 1, 1), (3, 5, 3), (28, 28, 1), (7, 33, 2), (96, 96, 3)] {
            var generator = SeededGenerator(seed: UInt64(width))
            let size = height * width * channels
            let pixels = (0..<6 * size).map { _ in UInt8(generator.index(below: 256)) }
            let (indices, flips) = ([5, 0, 0, 3, 5], [false, true, false, true, true])
            let (scale, shift) = (Float(2) / 255, Float(-1))
            let result = LayerTesting.sameEverywhere("\(height)x\(width)x\(channels)") { context in
                var output = LayerTesting.poisoned([5, height, width, channels])
                context.loadImages(
                    pixels: pixels, height: height, width: width, channels: channels, indices: indices, flips: flips,
                    scale: scale, shift: shift, into: &output)
                return [output]
            }[0]
            var expected: [Float] = []
            for (index, flip) in zip(indices, flips) {
                for y in 0..<height {
                    for x in 0..<width {
                        let column = flip ? width - 1 - x : x
                        for c in 0..<channels {
                            let pixel = pixels[index * size + (y * width + column) * channels + c]
                            expected.append(shift.addingProduct(Float(pixel), scale))
                        }
                    }
                }
            }
            #expect(result.values == expected, "\(height)x\(width)x\(channels)")
        }
    }
}
