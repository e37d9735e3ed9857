import Foundation
import Testing

@testable import BenchmarkKit

@Suite("Randomly broken input")
struct BrokenInputTests {
  /// Replaces, removes or repeats a few bytes.
  private func broken(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    let interesting = Array("{}[]\",:-+.eE0123456789ntf\\u\n\r \0".utf8) + [0x80, 0xFF]
    var result = bytes
    for _ in 0...generator.below(3) where !result.isEmpty {
      let place = generator.below(result.count)
      switch generator.below(4) {
      case 0: result[place] = interesting[generator.below(interesting.count)]
      case 1: result.remove(at: place)
      case 2: result.insert(interesting[generator.below(interesting.count)], at: place)
      default: result.removeSubrange(place..<min(place + 20, result.count))
      }
    }
    return result
  }

  @Test func `no broken experiment file traps, and every error has one line`() throws {
    let original = [UInt8](try Data(contentsOf: URL(filePath: "\(benchmarksFolder)/quickstart.json")))
    var generator = SplitMix64(seed: 7)
    var refused = 0
    for round in 0..<1_000 {
      let text = String(decoding: broken(original, &generator), as: UTF8.self)
      do throws(ConfigurationError) {
        _ = try Experiment.load(file: "e.json", text: text)
      } catch {
        refused += 1
        #expect(!error.description.contains("\n"), "round \(round)")
      }
    }
    #expect(refused > 500)
  }

  @Test func `no broken data file traps, and every error has one line`() throws {
    let original = Array("1.5,-2,0\n3,4e2,1\n5,6,0\n".utf8)
    let specification = DatasetSpecification(
      path: "d.csv", sha256: "", header: false, label: .last, delimiter: ",", classes: 2, testFraction: 0.5, clip: 0)
    var generator = SplitMix64(seed: 8)
    var refused = 0
    for round in 0..<5_000 {
      do throws(DataError) {
        let data = try Dataset.parse(broken(original, &generator), specification, file: "d.csv")
        #expect(data.features.count == data.rowCount * data.featureCount)
        #expect(data.features.allSatisfy(\.isFinite) && data.labels.allSatisfy { (0..<2).contains($0) })
      } catch {
        refused += 1
        #expect(!error.description.contains("\n"), "round \(round)")
      }
    }
    #expect(refused > 2_500)
  }
}
