extension ConvolutionGeometry {
    /// Whether the Fourier paths can compute this geometry: stride 1, all channels in one group or each in its own,
    /// and a kernel that leaves the longest transform some results.
    var supportsFourier: Bool {
        let isChannelwise = groups > 1 && groupInputChannels == 1 && groupOutputChannels == 1
        return stride == 1 && (groups == 1 || isChannelwise) && max(kernelHeight, kernelWidth) <= 96
            && kernelHeight * kernelWidth > 1
    }

    /// The part of the table that chooses the Fourier paths: from 25 taps on, where their estimate is below that of
    /// the path that multiplies directly. Constants are measurements on one core, see docs/kernels.md.
    func prefersFourier(for pass: ConvolutionPass) -> Bool {
        guard supportsFourier, kernelHeight * kernelWidth >= 25 else { return false }
        let shape = FourierShape(self, side: pass == .dataGradient ? .dataGradient : .forward)
        // Small layers lose more to plans and to waiting for each other's parts than they win.
        return 1.1 * shape.cost(of: self) + 20_000 < directCost(of: pass)
    }

    /// Nanoseconds on one core, about: 130 floating-point operations a nanosecond of a matrix product whose columns
    /// come in vectors, 75 of one that leaves channels apart: this puts the crossover where reports/kernels measures it.
    private func directCost(of pass: ConvolutionPass) -> Double {
        let taps = Double(kernelHeight * kernelWidth), places = Double(places)
        if groups > 1 { return 2 * places * taps * Double(FourierBlocks.whole(outputChannels)) / 75 }
        // The data gradient's columns are the input channels.
        let columns = pass == .dataGradient ? inputChannels : outputChannels
        let others = pass == .dataGradient ? outputChannels : inputChannels
        return 2 * places * taps * Double(others) * Double(FourierBlocks.whole(columns)) / 130
    }
}
