// swift-tools-version: 6.1
// SPDX-License-Identifier: GPL-2.0-or-later
import PackageDescription

// MARK: Products and packages

let package = Package(
    name: "offprint",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "offprint", targets: ["offprint"]),
        .library(name: "Kernels", targets: ["Kernels"]),
        .library(name: "Networks", targets: ["Networks"]),
        .library(name: "Plot", targets: ["Plot"]),
        .library(name: "Report", targets: ["Report"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: systemLibraries + modules + tests,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c17
)

// MARK: System libraries (module maps only)

var systemLibraries: [Target] {
    [
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
        .systemLibrary(
            name: "CCairo", pkgConfig: "pangocairo",
            providers: [.apt(["libcairo2-dev", "libpango1.0-dev"]), .brew(["cairo", "pango"])]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CFFTW", pkgConfig: "fftw3f",
            providers: [.apt(["libfftw3-dev"]), .brew(["fftw"])]),
        .systemLibrary(
            name: "CMarkGFM", pkgConfig: "libcmark-gfm",
            providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"]), .brew(["cmark-gfm"])]),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    ]
}

// MARK: Modules, in the order of their dependencies

var modules: [Target] {
    [
        .target(name: "CKernels"),
        .target(name: "Kernels", dependencies: ["CKernels", "CFFTW"], swiftSettings: settings),
        .target(
            name: "Datasets", dependencies: ["CArchive", "CJPEG", "CPNG", "CZlib"], swiftSettings: settings),
        .target(
            name: "Downloads",
            dependencies: ["Datasets", .product(name: "Crypto", package: "swift-crypto")], swiftSettings: settings),
        .target(name: "Networks", dependencies: ["Kernels", "Datasets"], swiftSettings: settings),
        .target(
            name: "Exchange",
            dependencies: ["Networks", "Kernels", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: settings),
        .target(name: "Plot", dependencies: ["CCairo"], swiftSettings: settings),
        .target(
            name: "Report",
            dependencies: [
                "Networks", "Datasets", "Plot", "CMarkGFM",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "offprint",
            dependencies: [
                "Report", "Networks", "Kernels", "Datasets", "Downloads", "Exchange", "Plot",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ]
}

// MARK: Tests, one target per module

var tests: [Target] {
    [
        .target(
            name: "TestSupport", dependencies: ["Kernels", "Datasets"], path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(
            name: "KernelsTests", dependencies: ["Kernels", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "DatasetsTests", dependencies: ["Datasets", "TestSupport", "CJPEG", "CPNG", "CZlib"],
            swiftSettings: settings),
        .testTarget(
            name: "DownloadsTests", dependencies: ["Downloads", "Datasets", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "NetworksTests", dependencies: ["Networks", "Kernels", "Datasets", "TestSupport"],
            exclude: ["Parity"], swiftSettings: settings),
        .testTarget(
            name: "ExchangeTests",
            dependencies: [
                "Exchange", "Networks", "Kernels", "Datasets", "TestSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["check_onnx.py"], swiftSettings: settings),
        .testTarget(
            name: "PlotTests", dependencies: ["Plot", "TestSupport"], exclude: ["Golden"],
            swiftSettings: settings),
        .testTarget(
            name: "ReportTests", dependencies: ["Report", "Networks", "Kernels", "Datasets", "Plot", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "OffprintTests", dependencies: ["offprint", "TestSupport"], swiftSettings: settings),
    ]
}

var settings: [SwiftSetting] {
    [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault")]
}
