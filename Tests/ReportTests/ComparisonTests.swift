import Networks
import Report
import Testing

@Suite struct ComparisonTests {
    @Test func equalLocksHaveNoDifference() {
        let lock = ResultsLock(runs: ["a/b/1": Sample.result(key: 1), "a/c/1": Sample.result(key: 2)])
        let comparison = LockComparison(old: lock, new: lock)
        #expect(comparison.differences.isEmpty && comparison.equal == ["a/b/1", "a/c/1"])
    }

    @Test func everyBitOfAResultCounts() {
        let old = Sample.result(key: 1)
        var new = old
        new.epochs[0].validLoss = old.epochs[0].validLoss.nextUp
        new.epochs[1].validLoss = 7
        new.weightsDigest = String(repeating: "f", count: 64)
        new.algorithms["direct"] = nil
        let comparison = LockComparison(
            old: ResultsLock(runs: ["a/b/1": old, "a/gone/1": old]),
            new: ResultsLock(runs: ["a/b/1": new, "a/new/1": old]))
        #expect(comparison.differences["a/gone/1"] == .onlyInOld && comparison.differences["a/new/1"] == .onlyInNew)
        guard case .changed(let fields)? = comparison.differences["a/b/1"] else {
            Issue.record("\(comparison)")
            return
        }
        #expect(fields.map(\.name) == ["algorithms.direct", "weightsDigest", "epochs.1.validLoss"])
        #expect(fields[2].old != fields[2].new)
    }

    @Test func timesDifferWhereTheirIntervalsDoNotMeet() {
        func timings(_ milliseconds: Double) -> Timings {
            Timings(machine: Sample.machine, runs: ["a/b/1": Sample.timing(milliseconds: milliseconds)])
        }
        let same = TimingComparison(old: timings(10), new: timings(10.001))
        #expect(same.rows.count == 3)
        #expect(same.rows.filter(\.differs).map(\.quantity) == [.trainForward, .validForward] || same.rows.allSatisfy { !$0.differs })
        let slower = TimingComparison(old: timings(10), new: timings(15))
        #expect(slower.rows.allSatisfy { $0.differs && abs($0.ratio - 1.5) < 1e-9 }, "\(slower.rows)")
    }
}
