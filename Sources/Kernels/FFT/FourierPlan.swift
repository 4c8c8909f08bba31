internal import CFFTW
import Synchronization

/// One transform of FFTW's, repeated over loops: 8 neighbouring complex signals (16 floats) at each point.
///
/// FFTW plans and destroys under one lock of the whole process, because its planner is not thread-safe; `execute` is.
/// Plans are estimated, not measured: they follow from the description, the build of FFTW and the instruction set.
package final class FourierPlan: @unchecked Sendable {  // the plan is never changed after `init`
    /// `count` repetitions, and the floats from one to the next in the source and in the target.
    package struct Loop: Hashable, Sendable {
        package var count, sourceStep, targetStep: Int

        package init(count: Int, sourceStep: Int, targetStep: Int) {
            self.count = count
            self.sourceStep = sourceStep
            self.targetStep = targetStep
        }
    }

    package enum Direction: Hashable, Sendable {
        case forward, inverse

        /// Of the exponent.
        var sign: Int { self == .forward ? -1 : 1 }
    }

    package struct Description: Hashable, Sendable {
        /// The points of the transform.
        package var points: Loop
        package var loops: [Loop]
        package var direction: Direction

        package init(points: Loop, loops: [Loop], direction: Direction) {
            self.points = points
            self.loops = loops
            self.direction = direction
        }
    }

    private let handle: Handle

    /// FFTW's plan; never changed once it is made.
    private struct Handle: @unchecked Sendable {
        let plan: fftwf_plan
    }

    /// - Parameter description: steps are multiples of 16 floats, so that every signal is 64-byte aligned (traps
    ///   otherwise).
    init(_ description: Description) {
        let lanes = Loop(count: FourierTile.signals / 2, sourceStep: 2, targetStep: 2)
        let loops = [description.points] + description.loops
        precondition(
            loops.allSatisfy { $0.sourceStep % FourierTile.signals == 0 && $0.targetStep % FourierTile.signals == 0 },
            "unaligned steps in \(description)")
        let points = [Self.dimension(description.points)]
        let repetitions = (description.loops.filter { $0.count > 1 } + [lanes]).map(Self.dimension)
        let made = planner.withLock { _ -> Handle? in
            // An estimate reads no data: it only looks at how the pointers are aligned.
            let places = UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 128)
            defer { places.deallocate() }
            return fftwf_plan_guru64_dft(
                1, points, Int32(repetitions.count), repetitions,
                places.assumingMemoryBound(to: fftwf_complex.self),
                (places + 128).assumingMemoryBound(to: fftwf_complex.self), Int32(description.direction.sign),
                UInt32(FFTW_ESTIMATE)
            ).map(Handle.init)
        }
        guard let made else { preconditionFailure("FFTW has no plan for \(description)") }
        handle = made
    }

    deinit { planner.withLock { [handle] _ in fftwf_destroy_plan(handle.plan) } }

    /// Source and target must not overlap, and be 64-byte aligned.
    package func execute(from source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>) {
        fftwf_execute_dft(
            handle.plan, UnsafeMutableRawPointer(source).assumingMemoryBound(to: fftwf_complex.self),
            UnsafeMutableRawPointer(target).assumingMemoryBound(to: fftwf_complex.self))
    }

    private static func dimension(_ loop: Loop) -> fftwf_iodim64 {
        fftwf_iodim64(n: loop.count, is: loop.sourceStep / 2, os: loop.targetStep / 2)
    }
}

/// FFTW's planner is one for the whole process.
private let planner = Mutex(())

/// The plans made so far, by description: at most `capacity` of them; the one unused for longest goes first.
package final class FourierPlans: Sendable {
    package static let capacity = 96

    private struct State {
        var plans: [FourierPlan.Description: (plan: FourierPlan, lastUse: Int)] = [:]
        var uses = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Makes the plan where it is not known. Safe to call from any thread; a plan that is in use outlives its entry.
    package func plan(_ description: FourierPlan.Description) -> FourierPlan {
        let known = state.withLock { state -> FourierPlan? in
            state.uses += 1
            state.plans[description]?.lastUse = state.uses
            return state.plans[description]?.plan
        }
        if let known { return known }
        let made = FourierPlan(description)
        return state.withLock { state in
            if let other = state.plans[description]?.plan { return other }
            if state.plans.count >= Self.capacity,
                let oldest = state.plans.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            {
                state.plans[oldest] = nil
            }
            state.plans[description] = (made, state.uses)
            return made
        }
    }

    /// Plans held now.
    package var count: Int { state.withLock { $0.plans.count } }
}
