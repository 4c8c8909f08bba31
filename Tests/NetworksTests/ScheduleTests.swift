import Foundation
import Networks
import Testing

@Suite("Schedules")
struct ScheduleTests {
    private func close(_ found: Double, _ expected: Double, _ what: String) {
        #expect(abs(found - expected) <= 1e-14 * max(1, abs(expected)), "\(what): \(found) against \(expected)")
    }

    @Test("Constant is one")
    func constant() {
        for step in 0..<7 { #expect(Schedule.constant.factor(step: step, of: 7) == 1) }
    }

    @Test("Steps are taken at their fractions, not before")
    func steps() {
        let schedule = Schedule.step(at: [0.5, 0.75], factor: 0.1)
        #expect(schedule.factor(step: 0, of: 100) == 1)
        #expect(schedule.factor(step: 49, of: 100) == 1)
        #expect(schedule.factor(step: 50, of: 100) == 0.1)
        #expect(schedule.factor(step: 74, of: 100) == 0.1)
        close(schedule.factor(step: 75, of: 100), 0.01, "second step")
        #expect(Schedule.published.factor(step: 0, of: 1) == 1)
        #expect(Schedule.step(at: [], factor: 0.5).factor(step: 3, of: 4) == 1)
        #expect(Schedule.step(at: [0], factor: 0.5).factor(step: 0, of: 4) == 0.5)
    }

    @Test("Cosine follows its formula after the warm-up")
    func cosine() {
        let schedule = Schedule.cosine(warmUp: 0.1, floor: 0.05)
        for step in 0..<10 { close(schedule.factor(step: step, of: 100), Double(step + 1) / 10, "warm-up \(step)") }
        for step in 10..<100 {
            let progress = Double(step - 10) / 90
            close(
                schedule.factor(step: step, of: 100), 0.05 + 0.95 * (1 + cos(.pi * progress)) / 2, "step \(step)")
        }
        close(Schedule.cosine(warmUp: 0, floor: 0).factor(step: 0, of: 5), 1, "no warm-up")
        close(Schedule.cosine(warmUp: 1, floor: 0).factor(step: 4, of: 5), 1, "nothing but warm-up")
    }

    @Test("One cycle rises from 1/start to 1 and falls towards 1/end")
    func oneCycle() {
        let schedule = Schedule.oneCycle(rise: 0.25, start: 25, end: 1e4)
        for step in 0..<200 {
            let expected =
                step < 50
                ? 1 / 25.0 + (1 - 1 / 25.0) * (1 - cos(.pi * Double(step) / 50)) / 2
                : 1e-4 + (1 - 1e-4) * (1 + cos(.pi * Double(step - 50) / 150)) / 2
            close(schedule.factor(step: step, of: 200), expected, "step \(step)")
        }
        close(schedule.factor(step: 50, of: 200), 1, "top")
        close(Schedule.oneCycle(rise: 0, start: 25, end: 2).factor(step: 0, of: 3), 1, "no rise")
        close(Schedule.oneCycle(rise: 1, start: 4, end: 2).factor(step: 0, of: 3), 0.25, "only rise")
    }

    @Test("Every schedule stays positive and at most one")
    func bounds() {
        let schedules: [Schedule] = [
            .constant, .published, .cosine(warmUp: 0.05, floor: 0), .oneCycle(rise: 0.3, start: 10, end: 100),
        ]
        for schedule in schedules {
            for total in [1, 2, 3, 1000] {
                for step in Swift.stride(from: 0, to: total, by: max(1, total / 97)) {
                    let factor = schedule.factor(step: step, of: total)
                    #expect(factor > 0 && factor <= 1, "\(schedule), step \(step) of \(total): \(factor)")
                }
            }
        }
    }
}
