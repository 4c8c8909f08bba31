/// Greek letters, powers and indices in names and titles, written between dollar signs as in LaTeX: `$\alpha$`,
/// `10$^{-3}$`, `$x_1$`, `$\mu \pm \sigma$`. The result is plain text of Unicode letters, so that it is measured, wrapped
/// and copied like any other. What is not understood stays as it was written.
package enum MathText {
    package static func unicode(_ text: String) -> String {
        guard text.contains("$") else { return text }
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        var result = parts[0]
        var index = 1
        while index < parts.count {
            // A last dollar sign without a partner is one.
            guard index + 1 < parts.count, let math = convert(parts[index]) else {
                result += "$" + parts[index]
                index += 1
                continue
            }
            result += math + parts[index + 1]
            index += 2
        }
        return result
    }

    /// `nil` where nothing in it is mathematical: "$5 or $6" is about money.
    private static func convert(_ source: String) -> String? {
        guard source.contains(where: { "\\^_".contains($0) }) else { return nil }
        var result = ""
        var rest = Substring(source)
        while let character = rest.first {
            rest.removeFirst()
            switch character {
            case "\\":
                let name = String(rest.prefix { $0.isLetter && $0.isASCII })
                rest = rest.dropFirst(name.count)
                if let letter = letters[name] {
                    result += letter
                } else {
                    result += "\\" + name
                }
            case "^", "_":
                var group = ""
                if rest.first == "{", let end = rest.firstIndex(of: "}") {
                    group = String(rest[rest.index(after: rest.startIndex)..<end])
                    rest = rest[rest.index(after: end)...]
                } else if let next = rest.first {
                    group = String(next)
                    rest.removeFirst()
                }
                let table = character == "^" ? superscripts : subscripts
                let raised = group.map { table[$0] }
                if !raised.isEmpty, raised.allSatisfy({ $0 != nil }) {
                    result += String(raised.compactMap { $0 })
                } else {
                    result += String(character) + (group.count == 1 ? group : "{\(group)}")
                }
            case "-": result += Decimal.minusSign
            default: result.append(character)
            }
        }
        return result
    }

    private static let superscripts = table("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
    private static let subscripts = table("0123456789+-=()aeoxijruv", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓᵢⱼᵣᵤᵥ")

    private static func table(_ plain: String, _ moved: String) -> [Character: Character] {
        Dictionary(zip(plain, moved), uniquingKeysWith: { first, _ in first })
    }

    private static let letters: [String: String] = [
        "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
        "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
        "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
        "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
        "pm": "±", "times": "×", "cdot": "·", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
        "approx": "≈", "sim": "∼", "infty": "∞", "partial": "∂", "nabla": "∇", "sum": "∑", "prod": "∏", "int": "∫",
        "sqrt": "√", "in": "∈", "to": "→", "rightarrow": "→", "leftarrow": "←", "ell": "ℓ", "hbar": "ħ", "degree": "°",
        "dagger": "†", "ldots": "…", "propto": "∝",
    ]
}
