import Foundation
import Networks
import Testing

@Suite("Summary of a network")
struct CatalogSummaryTests {
    @Test("adds up to the network and reads like the notation")
    func summary() throws {
        let block = try #require(NetworkCatalog.block(named: "shuffle"))
        let summary = NetworkSummary(try NetworkCatalog.graph(block: block, dataset: .mnist))
        #expect(summary.parameters == 25162)
        #expect(summary.nodes.map(\.parameters).reduce(0, +) == summary.parameters)
        #expect(summary.nodes.map(\.multiplyAdds).reduce(0, +) == summary.multiplyAdds)
        #expect(
            summary.nodes.prefix(17).map(\.layer) == [
                "Input", "Conv7x7/2 1->64", "BatchNorm", "ReLU", "Conv1x1 64->32 in 4 groups", "BatchNorm", "ReLU",
                "Shuffle in 4 groups", "Depthwise3x3/2 32->32", "BatchNorm", "ReLU", "Conv1x1 32->64 in 4 groups",
                "BatchNorm", "AvgPool3x3/2", "Concatenate 64+64", "ReLU", "Conv1x1 128->32 in 4 groups",
            ])
        #expect(summary.nodes.last?.layer == "Linear 128->10")
        #expect(summary.nodes[1].output == [14, 14, 64])
    }

    @Test("names what differs from the notation's usual")
    func unusualLayers() {
        let map = FeatureShape(height: 8, width: 8, channels: 4)
        func text(_ layer: Layer) -> String { layer.summary(inputs: [map]) }
        #expect(
            text(.convolution(Convolution(outputChannels: 8, kernel: 2, padding: 1, bias: true)))
                == "Conv2x2 4->8 with bias pad 1")
        #expect(text(.convolution(Convolution(outputChannels: 8, kernel: 3, groups: 4))) == "Depthwise3x3 4->8")
        #expect(text(.relu(ReLU(maximum: 6))) == "ReLU6")
        #expect(text(.maxPool(MaxPool(window: 3, stride: 2))) == "MaxPool3x3/2 pad 0")
        #expect(text(.linear(Linear(outputs: 2, bias: false))) == "Linear 4->2 without bias")
    }

    @Test("has the keys that other programs read")
    func keys() throws {
        let block = try #require(NetworkCatalog.block(named: "plain"))
        let summary = NetworkSummary(try NetworkCatalog.graph(block: block, dataset: .mnist))
        let data = try JSONEncoder().encode(summary)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(object.keys) == ["parameters", "multiply_adds", "memory", "nodes"])
        let nodes = try #require(object["nodes"] as? [[String: Any]])
        #expect(nodes.allSatisfy { Set($0.keys) == ["name", "layer", "output", "parameters", "multiply_adds"] })
        #expect(try JSONDecoder().decode(NetworkSummary.self, from: data) == summary)
    }
}
