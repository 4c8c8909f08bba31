/// The version of everything that decides the bits of a training result: kernels, initialisation, order of images,
/// optimizer, schedules. A stored result is only reused by the same version.
public enum NumericVersion {
    /// Raised with every change that alters any result.
    public static let current = 2
}
