import Foundation

/// A small picture with every step that decoders of JPEG may round in different ways: colours at half the resolution,
/// sizes that are no multiple of a block, strong contrasts that have to be cut off.
enum DecoderProbe {
    /// What this machine's decoder makes of it. Two decoders that agree here agree on photographs, as far as one picture
    /// can tell; one whose transform, colours or interpolation are computed in another way does not.
    static func pixels() throws(DatasetError) -> [UInt8] {
        let place = DatasetError.ImagePlace(file: URL(fileURLWithPath: "/decoder-probe.jpg"))
        return try DecodedImage([UInt8](Data(base64Encoded: picture) ?? Data()), at: place, tolerance: .none).pixels
    }

    /// 19x17, quality 60.
    private static let picture = """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO\
        UlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P\
        T09PT09PT0//wAARCAARABMDASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAAIGAQP/xAAkEAABBAEDBAMBAAAAAAAAAAAC\
        AAEDBQQGERITITE1NHFywf/EABgBAAIDAAAAAAAAAAAAAAAAAAEFAgME/8QAKREAAgECAwUJAAAAAAAAAAAAAQIAAxEFEiEEEzNx\
        sSIxMlJhcoKh0f/aAAwDAQACEQMRAD8AqwxrnAgjiwcocqLbbi77qLazxhrY8S2remZuzOTCpCrkntQKms+Qj34OSuysbFrSPFs6\
        9p4o+zkw7oBBogsSAB5Tc6n6kXcVN7UWxLHKLdlp74lNp88WMhzCBnbfjv4Rdls9PDI7dEwduzjt4RFtvRTltU09B+xwtJUUKS+n\
        KZ7SvvCW5j9gf1/ERW4lx/kOhiHEO6j7z1mPsPnTfpERYaPDXkI1fxGf/9k=
        """
}
