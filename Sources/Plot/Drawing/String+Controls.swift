extension String {
    /// Control characters and code points that are no characters become spaces: cairo refuses some of them, XML all.
    var withoutControls: String {
        func isFine(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) && scalar.value & 0xfffe != 0xfffe
        }
        guard !unicodeScalars.allSatisfy(isFine) else { return self }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars { result.append(isFine(scalar) ? scalar : " ") }
        return String(result)
    }
}
