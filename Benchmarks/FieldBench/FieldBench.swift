internal import FieldArithmetic
internal import Foundation
internal import KernelBenchmarks

/// `field-bench [name]`: one JSON object a line for every field kernel (whose name contains `name`) and dispatch level;
/// `field-bench ring [name]`: the ring and packing kernels instead, time per call;
/// `field-bench scheme [name]`: the encryption scheme, per set;
/// `field-bench representations`: folding against Montgomery's form for p127.
@main
struct FieldBench {
  static func main() throws {
    let name = CommandLine.arguments.dropFirst().first ?? ""
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let second = CommandLine.arguments.dropFirst(2).first ?? ""
    let rows =
      switch name {
      case "representations": measureRepresentations()
      case "ring": try measureRingKernels(matching: second)
      case "scheme": try measureSchemeKernels(matching: second)
      default: measureFieldKernels(matching: name)
      }
    for row in rows {
      print(String(decoding: try encoder.encode(row), as: UTF8.self))
    }
  }
}
