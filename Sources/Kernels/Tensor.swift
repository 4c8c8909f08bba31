/// A dense array of 32-bit floats with a shape, row-major, 64-byte aligned.
///
/// Images are `[N, H, W, C]` (channels contiguous), convolution weights `[R, S, C/groups, K]`, vectors of
/// channels `[C]`. A tensor is a value: copies share storage until one of them is written.
public struct Tensor: Sendable {
    public let shape: [Int]
    private var storage: TensorStorage

    /// All zeros. Extents must not be negative; the product must fit `Int` (both trap).
    public init(shape: [Int]) {
        self.shape = shape
        storage = TensorStorage(count: Tensor.count(of: shape))
    }

    /// - Parameter values: exactly as many as the shape holds (traps otherwise), row-major.
    public init(shape: [Int], values: [Float]) {
        self.init(shape: shape)
        precondition(values.count == count, "shape \(shape) holds \(count) values, got \(values.count)")
        values.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress, count > 0 else { return }
            storage.elements.update(from: base, count: count)
        }
    }

    /// The number of elements.
    public var count: Int { storage.count }

    /// A copy of the elements, row-major. O(count).
    public var values: [Float] { Array(UnsafeBufferPointer(start: storage.elements, count: count)) }

    /// Element `index` of the row-major order; traps outside `0..<count`. Writing copies shared storage.
    public subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count)
            return storage.elements[index]
        }
        set {
            precondition(index >= 0 && index < count)
            makeUnique()
            storage.elements[index] = newValue
        }
    }

    /// The same elements under another shape of equal count (traps otherwise). O(1).
    public func reshaped(to shape: [Int]) -> Tensor {
        precondition(Tensor.count(of: shape) == count, "cannot view \(self.shape) as \(shape)")
        return Tensor(shape: shape, storage: storage)
    }

    /// Reads the elements as bytes in memory order (little-endian on every supported system).
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: storage.elements, count: count * MemoryLayout<Float>.size))
    }

    /// Whether no other tensor shares the storage, so that writing copies nothing.
    package mutating func isUnique() -> Bool { isKnownUniquelyReferenced(&storage) }

    // MARK: Kernels only

    /// The elements to read. The pointer is valid while this tensor is not written or destroyed.
    var pointer: UnsafePointer<Float> { UnsafePointer(storage.elements) }

    /// The elements to write, after copying shared storage.
    mutating func mutablePointer() -> UnsafeMutablePointer<Float> {
        makeUnique()
        return storage.elements
    }

    init(shape: [Int], storage: TensorStorage) {
        self.shape = shape
        self.storage = storage
    }

    private mutating func makeUnique() {
        if isKnownUniquelyReferenced(&storage) { return }
        let copy = TensorStorage(count: storage.count)
        copy.elements.update(from: storage.elements, count: storage.count)
        storage = copy
    }

    static func count(of shape: [Int]) -> Int {
        var product = 1
        for extent in shape {
            precondition(extent >= 0, "negative extent in shape \(shape)")
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            precondition(!overflow, "shape \(shape) is too large")
            product = next
        }
        return product
    }
}

extension Tensor: Equatable {
    /// Same shape and same bits (so a NaN equals itself, and 0 differs from -0).
    public static func == (left: Tensor, right: Tensor) -> Bool {
        left.shape == right.shape
            && left.withUnsafeBytes { a in right.withUnsafeBytes { b in a.elementsEqual(b) } }
    }
}

/// Aligned memory with one owner, its own or a part of an arena. Written only through a uniquely referenced `Tensor`.
final class TensorStorage: @unchecked Sendable {
    let elements: UnsafeMutablePointer<Float>
    let count: Int
    /// Kept for as long as its memory is in use; nil where the memory is this storage's own.
    private let arena: TensorArena?

    /// Zeros.
    init(count: Int) {
        self.count = count
        arena = nil
        elements = NumberMemory.allocate(count)
        elements.initialize(repeating: 0, count: max(count, 1))
    }

    /// The `count` floats of `arena` from `elements` on.
    init(_ elements: UnsafeMutablePointer<Float>, count: Int, of arena: TensorArena) {
        self.elements = elements
        self.count = count
        self.arena = arena
    }

    deinit { if arena == nil { NumberMemory.deallocate(elements) } }
}
