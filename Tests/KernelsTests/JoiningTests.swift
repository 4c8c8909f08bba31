import Datasets
import Kernels
import Testing

@Suite struct JoiningTests {
    @Test func elementwiseOperationsAtEveryLength() {
        for size in Array(1...17) + [33, 100, 16384, 40_001] {
            var generator = SeededGenerator(seed: UInt64(size))
            let (a, b) = (LayerTesting.random([size], &generator), LayerTesting.random([size], &generator))
            let results = LayerTesting.sameEverywhere("\(size) elements") { context in
                var outputs = (0..<5).map { _ in LayerTesting.poisoned([size]) }
                context.add(a, b, into: &outputs[0])
                context.add(a, b, relu: .upTo(0.5), into: &outputs[1])
                outputs[2] = b
                context.accumulate(a, into: &outputs[2])
                context.copy(a, into: &outputs[3])
                context.fill(-2.5, into: &outputs[4])
                return outputs
            }
            let sums = zip(a.values, b.values).map { $0 + $1 }
            #expect(results[0].values == sums)
            #expect(results[1].values == sums.map { min(max(0, $0), 0.5) })
            #expect(results[2].values == sums)
            #expect(results[3] == a)
            #expect(results[4].values == [Float](repeating: -2.5, count: size))
        }
    }

    @Test func accumulatingLeavesCopiesOfTheTargetAlone() {
        let before = Tensor(shape: [3], values: [1, 2, 3])
        var after = before
        KernelContext(threads: 1).accumulate(before, into: &after)
        #expect(before.values == [1, 2, 3] && after.values == [2, 4, 6])
    }

    @Test(arguments: [[1], [3, 1, 17], [16, 16], [64, 8, 8, 8], [33, 100, 5], [531, 2]])
    func concatenationAndItsSlices(widths: [Int]) {
        let channels = widths.reduce(0, +)
        for rows in [[1, 1, 1], [2, 5, 3], [3, 20, 20]] {
            var generator = SeededGenerator(seed: UInt64(channels))
            let inputs = widths.map { LayerTesting.random(rows + [$0], &generator) }
            let joined = LayerTesting.sameEverywhere("\(widths)") { context in
                var output = LayerTesting.poisoned(rows + [channels])
                context.concatenate(inputs, into: &output)
                return [output]
            }[0]
            LayerTesting.expectClose(
                joined, LayerReference.concatenate(inputs.map(LayerTesting.doubles), channels: widths), "\(widths)")
            var offset = 0
            for (input, width) in zip(inputs, widths) {
                let parts = LayerTesting.sameEverywhere("\(widths)") { context in
                    var slice = LayerTesting.poisoned(rows + [width])
                    context.channelSlice(joined, from: offset, into: &slice)
                    var twice = slice
                    context.accumulateChannelSlice(joined, from: offset, into: &twice)
                    return [slice, twice]
                }
                #expect(parts[0] == input)
                #expect(parts[1].values == input.values.map { $0 + $0 })
                offset += width
            }
        }
    }

    @Test func shuffleMatchesTheReferenceAndBackwardUndoesIt() {
        for (groups, each) in [
            (1, 5), (2, 1), (2, 16), (2, 37), (3, 8), (4, 4), (4, 8), (4, 16), (4, 50), (5, 3), (8, 32), (7, 1),
        ] {
            let channels = groups * each
            var generator = SeededGenerator(seed: UInt64(channels))
            let input = LayerTesting.random([2, 3, 4, channels], &generator)
            let results = LayerTesting.sameEverywhere("\(groups) groups of \(each)") { context in
                var (shuffled, back) = (LayerTesting.poisoned(input.shape), LayerTesting.poisoned(input.shape))
                context.channelShuffle(input, groups: groups, into: &shuffled)
                context.channelShuffleBackward(shuffled, groups: groups, into: &back)
                return [shuffled, back]
            }
            LayerTesting.expectClose(
                results[0],
                LayerReference.channelShuffle(LayerTesting.doubles(input), channels: channels, groups: groups),
                "\(groups) groups of \(each)")
            #expect(results[1] == input, "\(groups) groups of \(each)")
        }
    }

    @Test func shuffleOfARowWrittenOut() {
        let input = Tensor(shape: [1, 6], values: [0, 1, 2, 3, 4, 5])
        var output = LayerTesting.poisoned([1, 6])
        KernelContext(threads: 1).channelShuffle(input, groups: 2, into: &output)
        #expect(output.values == [0, 3, 1, 4, 2, 5])
    }
}
