import Networks
import Testing

@Suite struct CatalogTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var block: String
        var dataset: DatasetShape
        var parameters: Int
        var multiplyAdds: Int
        var testDescription: String { "\(block) on \(dataset.name)" }
    }

    /// Block, then parameters and multiply-adds for MNIST, CIFAR-10, STL-10 and Food-101, as the study publishes them.
    static let table: [(String, [(Int, Int)])] = [
        ("plain", [(1_112_394, 54_806_016), (5_547_466, 143_968_768), (23_252_426, 1_932_710_912), (94_145_061, 13_990_777_856)]),
        ("residual", [(1_120_970, 55_207_424), (5_589_578, 145_017_344), (23_427_146, 1_946_866_688), (94_847_141, 14_093_538_304)]),
        ("bottleneck", [(82_122, 4_328_960), (396_362, 12_110_336), (1_618_506, 152_622_080), (6_580_901, 1_068_651_520)]),
        ("resnext", [(46_410, 2_579_072), (217_802, 7_539_200), (868_554, 90_911_744), (3_545_381, 620_680_192)]),
        ("xception", [(148_170, 11_441_408), (705_098, 30_173_696), (2_854_986, 391_832_576), (11_442_341, 2_781_961_216)]),
        ("dense", [(31_946, 5_884_416), (148_042, 16_173_568), (582_730, 207_475_712), (2_405_541, 1_466_848_256)]),
        ("mobile", [(148_938, 7_490_048), (707_402, 20_072_960), (2_860_362, 257_463_296), (11_453_861, 1_816_474_624)]),
        ("mobile_v2", [(1_531_466, 77_817_984), (7_492_810, 202_422_784), (31_002_826, 2_706_910_208), (124_515_621, 19_536_379_904)]),
        ("shuffle", [(25_162, 1_556_736), (104_650, 4_794_880), (373_962, 53_199_872), (1_497_381, 343_608_320)]),
    ]
    static let rows = table.flatMap { block, counts in
        zip([DatasetShape.mnist, .cifar10, .stl10, .food101], counts).map { dataset, count in
            Row(block: block, dataset: dataset, parameters: count.0, multiplyAdds: count.1)
        }
    }

    @Test(arguments: rows) func countsAreThoseOfTheStudy(row: Row) throws {
        let block = try #require(NetworkCatalog.block(named: row.block))
        let graph = try NetworkCatalog.graph(block: block, dataset: row.dataset)
        #expect(graph.parameterCount == row.parameters)
        #expect(graph.multiplyAdds == row.multiplyAdds)
        let summary = NetworkSummary(of: graph, block: row.block, dataset: row.dataset.name)
        #expect(summary.nodes.reduce(0) { $0 + $1.parameters } == row.parameters)
        #expect(summary.nodes.reduce(0) { $0 + $1.multiplyAdds } == row.multiplyAdds)
    }

    @Test func blocksStandInTheOrderOfTheStudyAndHaveTitles() {
        #expect(NetworkCatalog.names == Self.table.map(\.0))
        for name in NetworkCatalog.names { #expect(NetworkCatalog.title(of: name) != name) }
        #expect(NetworkCatalog.title(of: "my_block") == "my_block")
    }

    @Test func aMapThatIsTooSmallIsRefusedWithTheNode() throws {
        let block = try #require(NetworkCatalog.block(named: "dense"))
        #expect(throws: NetworkError.self) {
            try NetworkCatalog.graph(
                block: block, input: FeatureShape(height: 2, width: 2, channels: 1), widths: [64, 128, 256], classes: 10)
        }
        #expect(throws: NetworkError.noWidths) {
            try NetworkCatalog.graph(block: block, input: DatasetShape.mnist.input, widths: [], classes: 10)
        }
    }
}
