internal import Datasets

extension CellReader {
    /// Reads which data set a training cell means: a name of the catalogue, or a folder of images, as
    /// `folder:PATH@SIZE` or as `{folder: PATH, size: 64, classes: 10}`.
    ///
    /// - Returns: the text of its `DatasetReference`; `nil` where nothing can be planned, every mistake reported.
    func dataset(_ options: inout OptionReader) -> Located<String>? {
        guard let node = options.node("dataset", required: true) else { return nil }
        switch node.content {
        case .scalar(let text, _):
            return reference(at: node.location, &options) { () throws(DatasetError) in try DatasetReference(text) }
        case .mapping:
            guard var inner = inside(node, "dataset", &options) else { return nil }
            let folder = inner.text("folder", required: true)
            let size = inner.integer("size", in: .between(1, Double(DatasetReference.maximumSize)))
            let classes = inner.integer("classes", in: .between(2, Double(DatasetReference.maximumClasses)))
            options.adopt(inner.finish())
            guard let folder else { return nil }
            return reference(at: folder.location, &options) { () throws(DatasetError) in
                try DatasetReference(
                    folder: folder.value, size: size ?? DatasetReference.standardSize, classes: classes)
            }
        default:
            options.report(.wrongType(key: "dataset", found: node.found, expected: .text), at: node.location)
            return nil
        }
    }

    private func reference(
        at place: SourceLocation, _ options: inout OptionReader,
        _ make: () throws(DatasetError) -> DatasetReference
    ) -> Located<String>? {
        do throws(DatasetError) {
            let reference = try make()
            if case .named(let name) = reference {
                // An unknown name goes on, so that the rest of the cell is checked as well.
                if !datasets.contains(name) { options.report(.unknown(.dataset, name, among: datasets), at: place) }
            } else {
                _ = try DatasetCatalog.describe(reference.description, folders: folders)
            }
            return Located(reference.description, at: place)
        } catch {
            options.report(.dataset(error), at: place)
            return nil
        }
    }
}
