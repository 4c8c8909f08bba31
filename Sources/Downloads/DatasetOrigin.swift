public import Foundation

/// One file of a data set: where it comes from and how it is recognised.
public struct OriginFile: Hashable, Sendable {
    /// Relative to a data folder, as in `DatasetDescription.Source.files`.
    public let name: String
    /// The official address and mirrors, in the order in which they are tried.
    public let addresses: [URL]
    /// Bytes.
    public let size: Int
    public let digest: FileDigest
    /// Of the content of a `.gz` file, where it is known: the same content is often found compressed anew.
    public let contentDigest: FileDigest?

    public init(
        name: String, addresses: [URL], size: Int, digest: FileDigest, contentDigest: FileDigest? = nil
    ) {
        self.name = name
        self.addresses = addresses
        self.size = size
        self.digest = digest
        self.contentDigest = contentDigest
    }

    /// The file behind that address first.
    public func preferring(mirror: URL) -> OriginFile {
        OriginFile(
            name: name, addresses: [mirror.appendingPathComponent(name)] + addresses, size: size, digest: digest,
            contentDigest: contentDigest)
    }
}

/// Where the files of the data sets come from.
///
/// MD5 sums are those of torchvision's data sets; SHA-256 sums those that TensorFlow Datasets and other libraries
/// publish. Where only the MD5 sum is published widely, it stands alone.
public enum DatasetOrigin {
    /// In the order of `DatasetDescription.Source.files`; empty for a data set that needs no file, or an unknown one.
    public static func files(of dataset: String) -> [OriginFile] {
        switch dataset {
        case "mnist": return mnist
        case "fashion-mnist": return fashionMNIST
        case "cifar10": return [cifar10]
        case "stl10": return [stl10]
        case "food101": return [food101]
        default: return []
        }
    }

    // The authors' own page has stopped serving the files more than once: it comes last.
    private static let mnist = idx(
        folder: "mnist",
        bases: [
            "https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://yann.lecun.com/exdb/mnist/",
        ],
        sizes: [9_912_422, 28_881, 1_648_877, 4542],
        sha256: [
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ],
        contents: [
            "6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624", "2646ac647ad5339dbf082846283269ea",
            "27ae3e4e09519cfbb04c329615203637",
        ])

    private static let fashionMNIST = idx(
        folder: "fashion-mnist",
        bases: [
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ],
        sizes: [26_421_880, 29_515, 4_422_102, 5148],
        sha256: [
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ],
        contents: [])

    private static let cifar10 = OriginFile(
        name: "cifar-10-binary.tar.gz",
        addresses: addresses(
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/cifar-10-binary.tar.gz"),
        size: 170_052_171,
        digest: FileDigest(.sha256, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"))

    private static let stl10 = OriginFile(
        name: "stl10_binary.tar.gz",
        addresses: addresses(
            "https://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
            "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz"),
        size: 2_640_397_119, digest: FileDigest(.md5, "91f7769df0f17e558f3565bffb0c7dfb"))

    private static let food101 = OriginFile(
        name: "food-101.tar.gz",
        addresses: addresses(
            "https://data.vision.ee.ethz.ch/cvl/food-101.tar.gz", "http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz"),
        size: 4_996_278_331,
        digest: FileDigest(.sha256, "d97d15e438b7f4498f96086a4f7e2fa42a32f2712e87d3295441b2b6314053a4"))

    /// The four files of a data set in the format of MNIST.
    private static func idx(
        folder: String, bases: [String], sizes: [Int], sha256: [String], contents: [String]
    ) -> [OriginFile] {
        let names = [
            "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
        ]
        return names.enumerated().map { place, name in
            OriginFile(
                name: "\(folder)/\(name)", addresses: bases.compactMap { URL(string: $0 + name) }, size: sizes[place],
                digest: FileDigest(.sha256, sha256[place]),
                contentDigest: contents.isEmpty ? nil : FileDigest(.md5, contents[place]))
        }
    }

    private static func addresses(_ texts: String...) -> [URL] { texts.compactMap { URL(string: $0) } }
}
