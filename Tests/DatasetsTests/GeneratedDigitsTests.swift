import Datasets
import Testing

@Suite struct GeneratedDigitsTests {
    /// Guards every bit. Where this changes, raise `GeneratedDigits.version`: results obtained with the images
    /// of before can no longer be compared.
    @Test func bytesAreThoseOfTheVersion() {
        #expect(GeneratedDigits.version == 1)
        let training = GeneratedDigits.images(split: .training, count: 200)
        let validation = GeneratedDigits.images(split: .validation, count: 200)
        #expect(checksum(training.pixels) == 802_151_180)
        #expect(checksum(training.labels.map(UInt8.init)) == 2_906_556_503)
        #expect(checksum(validation.pixels) == 2_843_171_648)
        #expect(checksum(validation.labels.map(UInt8.init)) == 3_980_832_485)
    }

    @Test func anImageDoesNotDependOnHowManyAreAskedFor() {
        for split in DatasetSplit.allCases {
            let many = GeneratedDigits.images(split: split, count: 57)
            for count in [0, 1, 9, 10, 11, 56] {
                #expect(GeneratedDigits.images(split: split, count: count) == many.prefix(count), "\(split) \(count)")
            }
        }
    }

    @Test func everyTenImagesShowEveryDigitOnceInChangingOrder() {
        let labels = GeneratedDigits.images(split: .training, count: 200).labels
        var orders: Set<[Int32]> = []
        for start in stride(from: 0, to: labels.count, by: 10) {
            let block = Array(labels[start..<start + 10])
            #expect(block.sorted() == Array(0...9), "images \(start)..<\(start + 10)")
            orders.insert(block)
        }
        #expect(orders.count == 20)
    }

    @Test func noImageIsEmptyOrTheSameAsAnother() {
        let training = GeneratedDigits.images(split: .training, count: 500)
        let validation = GeneratedDigits.images(split: .validation, count: 500)
        #expect(training.height == 28 && training.width == 28 && training.channels == 1)
        var seen: Set<[UInt8]> = []
        for (name, images) in [("training", training), ("validation", validation)] {
            for index in 0..<images.count {
                let pixels = Array(images.pixels[index * images.imageSize..<(index + 1) * images.imageSize])
                let bright = pixels.count { $0 >= 80 }
                #expect((8...400).contains(bright), "\(name) \(index), a \(images.labels[index]): \(bright) bright")
                #expect(seen.insert(pixels).inserted, "\(name) \(index) is there twice")
            }
        }
    }

    /// Hard enough that a network is worth training, regular enough that one can learn: the nearest mean image
    /// of a class is right far more often than by chance and far from always.
    @Test func nearestMeanIsBetterThanChanceAndFarFromPerfect() {
        let training = GeneratedDigits.images(split: .training, count: 2000)
        let validation = GeneratedDigits.images(split: .validation, count: 500)
        let size = training.imageSize
        var means = [[Float]](repeating: [Float](repeating: 0, count: size), count: 10)
        for (index, label) in training.labels.enumerated() {
            for pixel in 0..<size {
                means[Int(label)][pixel] += Float(training.pixels[index * size + pixel]) / 200
            }
        }
        let right = validation.labels.indices.count { index in
            let distances = means.map { mean in
                (0..<size).reduce(Float(0)) { sum, pixel in
                    let difference = Float(validation.pixels[index * size + pixel]) - mean[pixel]
                    return sum + difference * difference
                }
            }
            return distances.firstIndex(of: distances.min() ?? 0) == Int(validation.labels[index])
        }
        #expect((150...350).contains(right), "\(right) of 500")
    }
}
