import Plot
import Testing

@Suite struct BoxSummaryTests {
    @Test func quartilesAreThoseOfDefinitionSeven() throws {
        // The values of R's quantile(c(1, 2, 3, 4, 10), c(.25, .5, .75)).
        let box = try #require(BoxSummary(samples: [10, 1, 3, 2, 4]))
        #expect([box.lowerQuartile, box.median, box.upperQuartile] == [2, 3, 4])
        #expect([box.lowerWhisker, box.upperWhisker] == [1, 4])
        #expect(box.outliers == [10])
        let even = try #require(BoxSummary(samples: [1, 2, 3, 4]))
        #expect([even.lowerQuartile, even.median, even.upperQuartile] == [1.75, 2.5, 3.25])
    }

    @Test func valuesThatAreNotFiniteDoNotCount() throws {
        let box = try #require(BoxSummary(samples: [.nan, 1, .infinity, 1, -.infinity]))
        #expect(box.median == 1 && box.lowerWhisker == 1 && box.upperWhisker == 1)
        #expect(BoxSummary(samples: []) == nil)
        #expect(BoxSummary(samples: [.nan]) == nil)
    }

    @Test(arguments: 1...40)
    func theFiveNumbersAscend(count: Int) throws {
        let values: [Double] = (0..<count).map { (index: Int) -> Double in
            let value = Double((index * 7919) % 101)
            return index % 9 == 0 ? 10 * value : value
        }
        let box = try #require(BoxSummary(samples: values))
        let numbers = [box.lowerWhisker, box.lowerQuartile, box.median, box.upperQuartile, box.upperWhisker]
        #expect(numbers == numbers.sorted(), "\(count) values: \(numbers)")
        #expect(box.outliers.allSatisfy { $0 < box.lowerWhisker || $0 > box.upperWhisker })
    }
}
