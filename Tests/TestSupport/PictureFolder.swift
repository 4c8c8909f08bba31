public import Foundation

/// Writes a folder of images with two classes: `train/<class>/` with eight images each, `validation/<class>/` with two.
public func writePictureFolder(to folder: URL) throws {
    for (name, picture) in [("blue", bluePicture), ("red", redPicture)] {
        for (part, count) in [("train", 8), ("validation", 2)] {
            let place = folder.appendingPathComponent("\(part)/\(name)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for number in 0..<count { try picture.write(to: place.appendingPathComponent("\(number).png")) }
        }
    }
}

/// PNG files of 6x5 pixels in one colour, with a yellow spot.
public let redPicture = decoded(
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAFCAIAAADpOgqxAAAAIElEQVR4nGM8oSHHgAqYGDAAVMj8+iN0oZOacuhCyAAA48oEGH2hcHMAAAAASUVORK5CYII=")
public let bluePicture = decoded(
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAFCAIAAADpOgqxAAAAHElEQVR4nGMUsbnDgAqYGDAAVOj1YRW4ECNRGgHxqQQzRhnxigAAAABJRU5ErkJggg==")

private func decoded(_ text: String) -> Data { Data(base64Encoded: text) ?? Data() }
