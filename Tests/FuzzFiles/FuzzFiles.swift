// Fuzz entry for files that others hand over: experiments (JSON), data (CSV), certificates (PEM).
// Scripts/fuzz FuzzFiles builds it as a static library and runs it.
internal import BenchmarkKit
internal import Transport

/// A small valid experiment; its data specification is used for the data files.
private let experiment: Experiment? = try? Experiment.load(
  file: "seed.json",
  text: """
    { "name": "fuzz", "seed": 1, "parties": 2, "insecureDealer": true, "workloads": [ { "name": "w",
      "dataset": { "path": "d.csv", "classes": 2, "testFraction": 0.5 },
      "model": { "layers": [ { "kind": "dense", "outputs": 1 }, { "kind": "sigmoid", "method": "piecewise" } ] } } ] }
    """)

/// One input: the first byte chooses the kind of file, the rest is its content.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFiles(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let bytes = unsafe bytes, count > 0 else { return 0 }
  let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  let content = Array(input[1...])
  switch input[0] % 3 {
  case 0:
    do throws(ConfigurationError) {
      _ = try Experiment.load(file: "e.json", text: String(decoding: content, as: UTF8.self))
    } catch {
      precondition(!error.description.contains("\n"), "an error has one line")
    }
  case 1:
    guard let specification = experiment?.workloads.first?.dataset else { preconditionFailure("the seed is valid") }
    do throws(DataError) {
      let data = try Dataset.parse(content, specification, file: "d.csv")
      precondition(data.features.count == data.rowCount * data.featureCount, "rows of different lengths")
      precondition(data.features.allSatisfy(\.isFinite), "a feature that is no number")
      precondition(data.labels.allSatisfy { $0 >= 0 && $0 < 2 }, "a label out of range")
    } catch {
      precondition(!error.description.contains("\n"), "an error has one line")
    }
  default:
    do throws(IdentityError) {
      let certificate = try Certificate(pem: String(decoding: content, as: UTF8.self), source: "c.pem")
      precondition(certificate.fingerprint.bytes.count == 32, "a fingerprint is 32 bytes")
    } catch {
      precondition(!error.description.contains("\n"), "an error has one line")
    }
  }
  return 0
}
