import Networks
import Testing

@Suite("Counts of the study's networks")
struct CatalogCountTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let block: String
        let dataset: String
        let parameters: Int
        let multiplyAdds: Int
        var testDescription: String { "\(block) on \(dataset)" }
    }

    /// Parameters and multiply-adds by block, for MNIST, CIFAR-10, STL-10 and Food-101, as the study gives them.
    static let table = """
        plain        1112394   54806016 5547466 143968768 23252426 1932710912  94145061 13990777856
        residual     1120970   55207424 5589578 145017344 23427146 1946866688  94847141 14093538304
        bottleneck     82122    4328960  396362  12110336  1618506  152622080   6580901  1068651520
        resnext        46410    2579072  217802   7539200   868554   90911744   3545381   620680192
        xception      148170   11441408  705098  30173696  2854986  391832576  11442341  2781961216
        dense          31946    5884416  148042  16173568   582730  207475712   2405541  1466848256
        mobile        148938    7490048  707402  20072960  2860362  257463296  11453861  1816474624
        mobile_v2    1531466   77817984 7492810 202422784 31002826 2706910208 124515621 19536379904
        shuffle        25162    1556736  104650   4794880   373962   53199872   1497381   343608320
        """

    static let rows: [Row] = table.split(separator: "\n").flatMap { line -> [Row] in
        let cells = line.split(separator: " ")
        let numbers = cells.dropFirst().compactMap { Int($0) }
        return ["mnist", "cifar10", "stl10", "food101"].enumerated().map { index, dataset in
            Row(
                block: String(cells[0]), dataset: dataset, parameters: numbers[2 * index],
                multiplyAdds: numbers[2 * index + 1])
        }
    }

    @Test("are the published ones", arguments: rows)
    func counts(row: Row) throws {
        let block = try #require(NetworkCatalog.block(named: row.block))
        let dataset = try #require(DatasetShape.named(row.dataset))
        let graph = try NetworkCatalog.graph(block: block, dataset: dataset)
        #expect(graph.parameterCount == row.parameters)
        #expect(graph.multiplyAdds == row.multiplyAdds)
        #expect(graph.output.outputShape == FeatureShape(height: 1, width: 1, channels: dataset.classes))
    }

    @Test("cover every block of the catalog on the four data sets")
    func complete() {
        #expect(Self.rows.count == 36)
        #expect(NetworkCatalog.names == stride(from: 0, to: 36, by: 4).map { Self.rows[$0].block })
    }
}
