import Foundation

/// Numbers as a terminal shows them.
enum Quantities {
    /// `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 07 min`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "?" }
        if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 60 { return String(format: "%.1f s", seconds) }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
        return String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60)
    }

    /// `1,112,394`.
    static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return value < 0 ? "-" + grouped : grouped
    }

    /// `97.53 %`.
    static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }

    /// `512 MiB`, `2.5 GiB`.
    static func memory(_ bytes: Int) -> String {
        let mebibytes = Double(bytes) / 1_048_576
        if mebibytes < 1024 { return String(format: mebibytes < 10 ? "%.1f MiB" : "%.0f MiB", mebibytes) }
        return String(format: "%.1f GiB", mebibytes / 1024)
    }
}
