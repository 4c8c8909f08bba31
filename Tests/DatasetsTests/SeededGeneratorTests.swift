import Datasets
import Testing

@Suite struct SeededGeneratorTests {
    @Test func numbersAreThoseOfTheReferenceImplementation() {
        // First outputs of the authors' splitmix64.c for seed 1234567.
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }

    @Test func shufflingKeepsEveryElementAndDependsOnTheSeedAlone() {
        var a = Array(0..<100)
        var b = a
        var first = SeededGenerator(seed: 5, purpose: "shuffle")
        var second = SeededGenerator(seed: 5, purpose: "shuffle")
        first.shuffle(&a)
        second.shuffle(&b)
        #expect(a == b)
        #expect(a != Array(0..<100))
        #expect(a.sorted() == Array(0..<100))
    }
}
