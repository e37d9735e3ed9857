internal import FieldArithmetic
internal import Foundation
internal import KernelBenchmarks

/// `field-bench [name]`: one JSON object a line for every field kernel (whose name contains `name`) and dispatch level.
@main
struct FieldBench {
  static func main() throws {
    let name = CommandLine.arguments.dropFirst().first ?? ""
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    for row in measureFieldKernels(matching: name) {
      print(String(decoding: try encoder.encode(row), as: UTF8.self))
    }
  }
}
