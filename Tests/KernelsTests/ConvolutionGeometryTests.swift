import Foundation
import Kernels
import Testing

@Suite struct ConvolutionGeometryTests {
    private func make(
        batch: Int = 2, height: Int = 8, width: Int = 6, channels: Int = 4, outputs: Int = 8, r: Int = 3, s: Int = 3,
        stride: Int = 1, padding: Int = 1, groups: Int = 1
    ) throws(GeometryError) -> ConvolutionGeometry {
        try ConvolutionGeometry(
            batch: batch, inputHeight: height, inputWidth: width, inputChannels: channels, outputChannels: outputs,
            kernelHeight: r, kernelWidth: s, stride: stride, padding: padding, groups: groups)
    }

    @Test func shapesFollowTheDefinition() throws {
        let geometry = try make(height: 9, stride: 2, groups: 2)
        #expect(geometry.inputShape == [2, 9, 6, 4])
        #expect(geometry.weightShape == [3, 3, 2, 8])
        #expect(geometry.outputShape == [2, 5, 3, 8])
        #expect(geometry.multiplyAdds == 2 * 5 * 3 * 8 * 3 * 3 * 2)
        let stem = try make(batch: 1, height: 28, width: 28, channels: 1, outputs: 64, r: 7, s: 7, stride: 2, padding: 3)
        #expect(stem.outputShape == [1, 14, 14, 64])
        #expect(stem.multiplyAdds == 14 * 14 * 64 * 49)
    }

    @Test func everyExtentMustBePositive() {
        #expect(throws: GeometryError.notPositive(.batch, found: 0)) { try make(batch: 0) }
        #expect(throws: GeometryError.notPositive(.inputHeight, found: -1)) { try make(height: -1) }
        #expect(throws: GeometryError.notPositive(.inputWidth, found: 0)) { try make(width: 0) }
        #expect(throws: GeometryError.notPositive(.inputChannels, found: 0)) { try make(channels: 0) }
        #expect(throws: GeometryError.notPositive(.outputChannels, found: 0)) { try make(outputs: 0) }
        #expect(throws: GeometryError.notPositive(.kernelHeight, found: 0)) { try make(r: 0) }
        #expect(throws: GeometryError.notPositive(.kernelWidth, found: 0)) { try make(s: 0) }
        #expect(throws: GeometryError.notPositive(.stride, found: 0)) { try make(stride: 0) }
        #expect(throws: GeometryError.notPositive(.groups, found: -3)) { try make(groups: -3) }
        #expect(throws: GeometryError.negativePadding(found: -1)) { try make(padding: -1) }
    }

    @Test func groupsMustDivideTheChannels() {
        #expect(throws: GeometryError.notDivisible(.inputChannels, found: 4, groups: 3)) { try make(groups: 3) }
        #expect(throws: GeometryError.notDivisible(.outputChannels, found: 6, groups: 4)) {
            try make(outputs: 6, groups: 4)
        }
    }

    @Test func theWindowMustFit() throws {
        #expect(throws: GeometryError.windowDoesNotFit(.height, kernel: 11, paddedInput: 10)) { try make(r: 11) }
        #expect(throws: GeometryError.windowDoesNotFit(.width, kernel: 9, paddedInput: 8)) { try make(s: 9) }
        #expect(try make(r: 10).outputHeight == 1)
    }

    @Test func extentsThatCannotBeCountedAreErrors() {
        #expect(throws: GeometryError.tooLarge(.input, extents: [.max, 8, 6, 4])) { try make(batch: .max) }
        #expect(throws: GeometryError.self) { try make(padding: .max) }
        #expect(throws: GeometryError.self) { try make(height: .max, padding: .max / 2) }
        #expect(throws: GeometryError.self) { try make(padding: 1 << 40) }
        #expect(throws: GeometryError.self) { try make(outputs: 1 << 60) }
        #expect(throws: GeometryError.tooLarge(.multiplyAdds, extents: [1 << 22, 1, 1, 1 << 22, 1, 1, 1 << 21])) {
            try make(
                batch: 1 << 22, height: 1, width: 1, channels: 1 << 21, outputs: 1 << 22, r: 1, s: 1, padding: 0)
        }
    }

    @Test func decodingChecksAsTheInitializerDoes() throws {
        let geometry = try make(groups: 2)
        let data = try JSONEncoder().encode(geometry)
        #expect(try JSONDecoder().decode(ConvolutionGeometry.self, from: data) == geometry)
        let text = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\"groups\":2", with: "\"groups\":3")
        #expect(throws: GeometryError.notDivisible(.inputChannels, found: 4, groups: 3)) {
            try JSONDecoder().decode(ConvolutionGeometry.self, from: Data(text.utf8))
        }
    }

    @Test func theAlgorithmFollowsFromTheGeometry() throws {
        #expect(try make().algorithm(for: .forward) == .direct)
        #expect(try make(r: 1, s: 1, padding: 0).algorithm(for: .forward) == .pointwise)
        #expect(try make(r: 1, s: 1, stride: 2, padding: 0).algorithm(for: .forward) == .direct)
        #expect(try make(groups: 4).algorithm(for: .forward) == .depthwise)
        #expect(try make(channels: 8, groups: 4).algorithm(for: .forward) == .grouped)
        #expect(try make(channels: 64, outputs: 64, groups: 4).algorithm(for: .forward) == .grouped)
        #expect(try make(channels: 1).algorithm(for: .forward) == .direct)
        #expect(try make(channels: 12, outputs: 12, groups: 4).algorithm(for: .forward) == .direct)
        for pass in ConvolutionPass.allCases {
            #expect(try make(batch: 32, channels: 64, outputs: 64).algorithm(for: pass) == .winograd)
            #expect(try make(batch: 32, channels: 64, outputs: 8).algorithm(for: pass) == .direct)
            #expect(try make(batch: 32, channels: 64, outputs: 64, stride: 2).algorithm(for: pass) == .direct)
            #expect(try make(batch: 1, height: 4, width: 4, channels: 64, outputs: 64).algorithm(for: pass) == .direct)
        }
        // One image: the weight gradient's transforms cost more than they save.
        let one = try make(batch: 1, height: 8, width: 8, channels: 64, outputs: 64)
        #expect(ConvolutionPass.allCases.map(one.algorithm) == [.winograd, .winograd, .direct])
    }
}
