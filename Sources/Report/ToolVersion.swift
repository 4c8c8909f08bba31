/// The version of this tool. Rendering depends on it; training keys do not (`NumericVersion` stands for those).
public enum ToolVersion {
    public static let current = "0.1.0"
}
