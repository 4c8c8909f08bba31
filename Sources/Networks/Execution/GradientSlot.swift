import Kernels

/// What the readers of a node have contributed to its gradient so far.
///
/// Contributions wait, two at most, until the gradient is wanted: adding them and stopping the sum at an activation
/// is then one pass over memory. A sum hands one tensor to all its inputs, so a contribution may be shared; it is
/// never written to unless this slot is its only owner.
struct GradientSlot {
    private var first: Tensor?
    private var second: Tensor?

    var isEmpty: Bool { first == nil }

    /// Adds a tensor of the node's shape.
    mutating func add(_ gradient: consuming Tensor, pool: inout TensorPool, context: KernelContext) {
        if first == nil {
            first = gradient
        } else if second == nil {
            second = gradient
        } else {
            collect(pool: &pool, context: context)
            second = gradient
        }
    }

    /// Adds channels `channel...` of the gradient of a concatenation.
    mutating func addSlice(
        of gradient: Tensor, from channel: Int, shape: [Int], pool: inout TensorPool, context: KernelContext
    ) {
        collect(pool: &pool, context: context)
        if var sum = first.take() {
            if sum.isUnique() {
                context.accumulateChannelSlice(gradient, from: channel, into: &sum)
                first = sum
            } else {
                var part = pool.take(shape)
                context.channelSlice(gradient, from: channel, into: &part)
                context.accumulate(sum, into: &part)
                pool.give(consume sum)
                first = part
            }
        } else {
            var part = pool.take(shape)
            context.channelSlice(gradient, from: channel, into: &part)
            first = part
        }
    }

    /// The sum of the contributions, stopped where the output of an activation says so; nil where there are none.
    mutating func take(
        stoppedBy activation: (output: Tensor, relu: ReLUKind)?, pool: inout TensorPool, context: KernelContext
    ) -> Tensor? {
        guard let activation, activation.relu != .none else {
            collect(pool: &pool, context: context)
            return first.take()
        }
        guard var one = first.take() else { return nil }
        guard var other = second.take() else {
            if one.isUnique() {
                context.reluBackward(output: activation.output, maximum: activation.relu.maximum, inPlace: &one)
                return one
            }
            var result = pool.take(one.shape)
            context.reluBackward(
                output: activation.output, outputGradient: one, maximum: activation.relu.maximum, into: &result)
            pool.give(consume one)
            return result
        }
        if !one.isUnique() { swap(&one, &other) }
        if one.isUnique() {
            context.reluBackward(output: activation.output, relu: activation.relu, inPlace: &one, adding: other)
            pool.give(consume other)
            return one
        }
        var result = pool.take(one.shape)
        context.reluBackward(
            output: activation.output, relu: activation.relu, outputGradient: one, adding: other, into: &result)
        pool.give(consume one)
        pool.give(consume other)
        return result
    }

    /// Gives back whatever is left.
    mutating func clear(pool: inout TensorPool) {
        pool.give(from: &first)
        pool.give(from: &second)
    }

    /// Adds the two contributions up, where there are two.
    private mutating func collect(pool: inout TensorPool, context: KernelContext) {
        guard var other = second.take(), var one = first.take() else { return }
        if !one.isUnique() { swap(&one, &other) }
        if one.isUnique() {
            context.accumulate(other, into: &one)
            pool.give(consume other)
            first = one
        } else {
            var sum = pool.take(one.shape)
            context.add(one, other, into: &sum)
            pool.give(consume one)
            pool.give(consume other)
            first = sum
        }
    }
}
