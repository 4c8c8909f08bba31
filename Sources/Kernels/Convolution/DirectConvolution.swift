internal import CKernels

// Convolutions as matrix products of gathered windows.
//
// The data gradient is written as a gather, too: the input pixels of one phase of the stride (those with the same
// remainder of y and x) meet the same taps, and along ascending source pixels of the output gradient those taps
// descend. So each phase is a convolution of the output gradient at stride 1 with some of the taps, reversed.

extension KernelContext {
    /// - Parameter normalizer: of the input, if it is one to be normalized first: pointwise convolutions only.
    func directForward(
        _ input: UnsafePointer<Float>, normalizer: InputNormalizer?, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>?, geometry: ConvolutionGeometry, into output: UnsafeMutablePointer<Float>,
        telling written: WrittenRows? = nil
    ) {
        let columns = geometry.groupOutputChannels
        let panels = Panels(depth: geometry.reduction, columns: columns)
        // Packing pays once many rows of windows pass over the weights, and where their rows are far apart.
        let inPlace = RightHandSide.canStayInPlace(columns: columns)
            && (geometry.outputChannels <= 64 || geometry.places <= 192)
        scratch.borrow(inPlace ? 0 : geometry.groups * panels.floats) { packed in
            let right: RightHandSide
            if inPlace {
                right = RightHandSide(
                    inPlace: weights, depth: panels.depth, columns: columns, row: geometry.outputChannels)
            } else {
                packRows(
                    weights, groups: geometry.groups, row: geometry.outputChannels, panels: panels, into: packed)
                right = RightHandSide(packed: packed, panels: panels)
            }
            if StripProduct.pays(geometry) {
                precondition(normalizer == nil, "strips of a normalized input")
                return StripProduct(geometry: geometry).forward(
                    input, right: right, start: bias, into: output, in: self)
            }
            GatheredProduct(
                window: geometry.window, source: input, sourceCount: geometry.inputCount, groups: geometry.groups,
                places: geometry.places, right: right, start: bias,
                output: PlaceLayout(pixel: geometry.outputChannels), outputBase: output, normalizer: normalizer,
                written: written
            ).run(in: self)
        }
    }

    /// - Parameter normalizer: of the input, if it is one to be normalized first: pointwise convolutions only.
    func directWeightGradient(
        _ input: UnsafePointer<Float>, normalizer: InputNormalizer?, outputGradient: UnsafePointer<Float>,
        geometry: ConvolutionGeometry, into weightGradient: UnsafeMutablePointer<Float>
    ) {
        if StripProduct.pays(geometry), RightHandSide.canStayInPlace(columns: geometry.outputChannels) {
            let right = RightHandSide(
                inPlace: outputGradient, depth: geometry.places, columns: geometry.outputChannels,
                row: geometry.outputChannels)
            return StripProduct(geometry: geometry).weightGradient(input, right: right, into: weightGradient, in: self)
        }
        transposedProduct(
            window: geometry.window, source: input, normalizer: normalizer, sourceCount: geometry.inputCount,
            groups: geometry.groups, rows: geometry.reduction, right: outputGradient, places: geometry.places,
            columns: geometry.groupOutputChannels, into: weightGradient)
    }

    /// - Parameter right: `[places, groups * columns]`, row-major.
    func transposedProduct(
        window: offprint_window, source: UnsafePointer<Float>, normalizer: InputNormalizer? = nil, sourceCount: Int,
        groups: Int, rows: Int, right: UnsafePointer<Float>, places: Int, columns: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let panels = Panels(depth: places, columns: columns)
        let inPlace = RightHandSide.canStayInPlace(columns: columns) && (groups * columns <= 128 || rows <= 64)
        scratch.borrow(inPlace ? 0 : groups * panels.floats) { packed in
            let rightHandSide: RightHandSide
            if inPlace {
                rightHandSide = RightHandSide(
                    inPlace: right, depth: places, columns: columns, row: groups * columns)
            } else {
                packRows(right, groups: groups, row: groups * columns, panels: panels, into: packed)
                rightHandSide = RightHandSide(packed: packed, panels: panels)
            }
            TransposedProduct(
                window: window, source: source, sourceCount: sourceCount, groups: groups, rows: rows,
                right: rightHandSide, output: output, normalizer: normalizer
            ).run(in: self)
        }
    }

    func directDataGradient(
        _ outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into inputGradient: UnsafeMutablePointer<Float>, telling written: WrittenRows? = nil
    ) {
        let merged = MergedPhases(geometry)
        if merged.pays {
            return mergedDataGradient(
                merged, outputGradient, weights: weights, geometry: geometry, into: inputGradient)
        }
        // Pixels that no tap reaches: all but one of a block of a 1x1 kernel.
        if geometry.stride > min(geometry.kernelHeight, geometry.kernelWidth) {
            forEachBlock(of: geometry.inputCount) { start, length in
                (inputGradient + start).update(repeating: 0, count: length)
            }
        }
        for phaseY in 0..<min(geometry.stride, geometry.inputHeight) {
            let vertical = geometry.verticalPhase(phaseY)
            guard vertical.taps > 0 else { continue }
            for phaseX in 0..<min(geometry.stride, geometry.inputWidth) {
                let horizontal = geometry.horizontalPhase(phaseX)
                guard horizontal.taps > 0 else { continue }
                dataGradientPhase(
                    vertical: vertical, horizontal: horizontal, outputGradient, weights: weights, geometry: geometry,
                    into: inputGradient, telling: written)
            }
        }
    }

    /// All phases in one product, whose columns are the pixels and channels of a block of `stride` x `stride` pixels: few
    /// channels would leave most lanes of a product of their own empty.
    private func mergedDataGradient(
        _ merged: MergedPhases, _ outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        geometry: ConvolutionGeometry, into inputGradient: UnsafeMutablePointer<Float>
    ) {
        let panels = Panels(
            depth: merged.vertical.taps * merged.horizontal.taps * geometry.outputChannels, columns: merged.columns)
        let window = offprint_window(
            height: geometry.outputHeight, width: geometry.outputWidth, pixel: geometry.outputChannels,
            channels: geometry.outputChannels, grid_height: merged.vertical.places,
            grid_width: merged.horizontal.places, step: 1, y_origin: merged.vertical.origin,
            x_origin: merged.horizontal.origin, taps_y: merged.vertical.taps, taps_x: merged.horizontal.taps)
        let layout = PlaceLayout(
            pixel: geometry.inputChannels, height: geometry.inputHeight, width: geometry.inputWidth,
            gridHeight: merged.vertical.places, gridWidth: merged.horizontal.places, step: geometry.stride,
            blockHeight: merged.vertical.phases.count, blockWidth: merged.horizontal.phases.count)
        scratch.borrow(panels.floats) { packed in
            merged.pack(weights, geometry: geometry, rowLength: panels.width, into: packed)
            GatheredProduct(
                window: window, source: outputGradient, sourceCount: geometry.outputCount, groups: 1,
                places: geometry.batch * merged.vertical.places * merged.horizontal.places,
                right: RightHandSide(packed: packed, panels: panels), start: nil, output: layout,
                outputBase: inputGradient
            ).run(in: self)
        }
    }

    private func dataGradientPhase(
        vertical: StridePhase, horizontal: StridePhase, _ outputGradient: UnsafePointer<Float>,
        weights: UnsafePointer<Float>, geometry: ConvolutionGeometry,
        into inputGradient: UnsafeMutablePointer<Float>, telling written: WrittenRows?
    ) {
        let depth = vertical.taps * horizontal.taps * geometry.groupOutputChannels
        let panels = Panels(depth: depth, columns: geometry.groupInputChannels)
        let window = offprint_window(
            height: geometry.outputHeight, width: geometry.outputWidth, pixel: geometry.outputChannels,
            channels: geometry.groupOutputChannels, grid_height: vertical.places, grid_width: horizontal.places,
            step: 1, y_origin: vertical.origin, x_origin: horizontal.origin, taps_y: vertical.taps,
            taps_x: horizontal.taps)
        let layout = PlaceLayout(
            pixel: geometry.inputChannels, height: geometry.inputHeight, width: geometry.inputWidth,
            gridHeight: vertical.places, gridWidth: horizontal.places, firstY: vertical.first,
            firstX: horizontal.first, step: geometry.stride)
        scratch.borrow(geometry.groups * panels.floats) { packed in
            packTransposed(
                weights, vertical: vertical, horizontal: horizontal, geometry: geometry, panels: panels, into: packed)
            GatheredProduct(
                window: window, source: outputGradient, sourceCount: geometry.outputCount, groups: geometry.groups,
                places: geometry.batch * vertical.places * horizontal.places,
                right: RightHandSide(packed: packed, panels: panels), start: nil, output: layout,
                outputBase: inputGradient, written: written
            ).run(in: self)
        }
    }

    // MARK: Packing

    /// Packs row-major `[panels.depth, groups * columns]`, `row` floats a row.
    func packRows(
        _ source: UnsafePointer<Float>, groups: Int, row: Int, panels: Panels,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let length = 512
        let pieces = (panels.depth + length - 1) / length
        let loops = convolutionLoops
        pool.run(groups * panels.count * pieces) { task in
            // Neighbouring tasks read the same rows.
            let (piece, place) = task.quotientAndRemainder(dividingBy: groups * panels.count)
            let (group, panel) = place.quotientAndRemainder(dividingBy: panels.count)
            let first = piece * length
            panels.pack(
                group: group, panel: panel, firstRow: first, rows: min(length, panels.depth - first),
                source: source + first * row + group * panels.columns, step: row, columnStep: 1, into: packed,
                with: loops)
        }
    }

    /// Packs the weights of one phase as `[taps, K/groups, C/groups]`, taps descending.
    private func packTransposed(
        _ weights: UnsafePointer<Float>, vertical: StridePhase, horizontal: StridePhase,
        geometry: ConvolutionGeometry, panels: Panels, into packed: UnsafeMutablePointer<Float>
    ) {
        let rows = geometry.groupOutputChannels
        let taps = vertical.taps * horizontal.taps
        let loops = convolutionLoops
        pool.run(geometry.groups * taps * panels.count) { task in
            let (rest, panel) = task.quotientAndRemainder(dividingBy: panels.count)
            let (group, tap) = rest.quotientAndRemainder(dividingBy: taps)
            let (tapY, tapX) = tap.quotientAndRemainder(dividingBy: horizontal.taps)
            let r = vertical.lastTap - tapY * geometry.stride, s = horizontal.lastTap - tapX * geometry.stride
            let first = (r * geometry.kernelWidth + s) * geometry.groupInputChannels * geometry.outputChannels
            panels.pack(
                group: group, panel: panel, firstRow: tap * rows, rows: rows,
                source: weights + first + group * rows, step: 1, columnStep: geometry.outputChannels, into: packed,
                with: loops)
        }
    }
}

extension ConvolutionGeometry {
    var inputCount: Int { batch * inputHeight * inputWidth * inputChannels }
    var outputCount: Int { places * outputChannels }

    /// The windows of the forward pass.
    var window: offprint_window {
        offprint_window(
            height: inputHeight, width: inputWidth, pixel: inputChannels, channels: groupInputChannels,
            grid_height: outputHeight, grid_width: outputWidth, step: stride, y_origin: -padding, x_origin: -padding,
            taps_y: kernelHeight, taps_x: kernelWidth)
    }

    func verticalPhase(_ first: Int) -> StridePhase {
        StridePhase(first: first, extent: inputHeight, kernel: kernelHeight, stride: stride, padding: padding)
    }

    func horizontalPhase(_ first: Int) -> StridePhase {
        StridePhase(first: first, extent: inputWidth, kernel: kernelWidth, stride: stride, padding: padding)
    }
}

/// The input positions `first`, `first + stride`, … along one axis, and the taps that reach them.
///
/// Tap t of place i is kernel tap `lastTap - t * stride` on output position `i + origin + t`.
struct StridePhase {
    let first: Int
    /// Positions in the image.
    let places: Int
    let taps: Int
    let lastTap: Int
    let origin: Int

    init(first: Int, extent: Int, kernel: Int, stride: Int, padding: Int) {
        self.first = first
        places = (extent - first + stride - 1) / stride
        // Taps r with (first + padding - r) divisible by the stride.
        let firstTap = (first + padding) % stride
        taps = firstTap < kernel ? (kernel - 1 - firstTap) / stride + 1 : 0
        lastTap = firstTap + max(0, taps - 1) * stride
        origin = (first + padding - lastTap) / stride
    }
}

/// The phases of a stride side by side: their taps on the output positions that any of them needs.
struct MergedPhases {
    /// One axis. Tap t of place i lies on output position `i + origin + t`.
    struct Axis {
        let phases: [StridePhase]
        let origin, taps: Int
        /// Blocks of `stride` input positions; the last may be cut off.
        let places: Int

        init(_ phases: [StridePhase]) {
            self.phases = phases
            let used = phases.filter { $0.taps > 0 }
            let first = used.map(\.origin).min() ?? 0
            origin = first
            taps = used.map { $0.origin + $0.taps - first }.max() ?? 0
            places = phases.map(\.places).max() ?? 0
        }

        /// The kernel tap that tap `t` is to a phase, if any.
        func kernelTap(_ t: Int, of phase: StridePhase, stride: Int) -> Int? {
            let own = t - (phase.origin - origin)
            return (0..<phase.taps).contains(own) ? phase.lastTap - own * stride : nil
        }
    }

    let vertical, horizontal: Axis
    let columns: Int
    /// Whether one product of all phases has fewer empty lanes: one vector holds them all.
    let pays: Bool

    init(_ geometry: ConvolutionGeometry) {
        pays = geometry.groups == 1 && geometry.stride > 1
            && geometry.stride <= 4 && geometry.inputChannels * geometry.stride * geometry.stride <= 16
        let stride = pays ? geometry.stride : 1
        vertical = Axis((0..<min(stride, geometry.inputHeight)).map(geometry.verticalPhase))
        horizontal = Axis((0..<min(stride, geometry.inputWidth)).map(geometry.horizontalPhase))
        columns = vertical.phases.count * horizontal.phases.count * geometry.inputChannels
    }

    /// Writes the weights as `[taps, K]` rows of `rowLength` floats, zeros where a phase lacks the tap.
    func pack(
        _ weights: UnsafePointer<Float>, geometry: ConvolutionGeometry, rowLength: Int,
        into out: UnsafeMutablePointer<Float>
    ) {
        let channels = geometry.inputChannels, outputs = geometry.outputChannels
        out.update(repeating: 0, count: vertical.taps * horizontal.taps * outputs * rowLength)
        for (tapY, tapX) in (0..<vertical.taps).flatMap({ y in (0..<horizontal.taps).map { (y, $0) } }) {
            let rows = out + (tapY * horizontal.taps + tapX) * outputs * rowLength
            for (y, phaseY) in vertical.phases.enumerated() {
                guard let r = vertical.kernelTap(tapY, of: phaseY, stride: geometry.stride) else { continue }
                for (x, phaseX) in horizontal.phases.enumerated() {
                    guard let s = horizontal.kernelTap(tapX, of: phaseX, stride: geometry.stride) else { continue }
                    let first = (y * horizontal.phases.count + x) * channels
                    let source = weights + (r * geometry.kernelWidth + s) * channels * outputs
                    for c in 0..<channels {
                        for k in 0..<outputs { rows[k * rowLength + first + c] = source[c * outputs + k] }
                    }
                }
            }
        }
    }
}
