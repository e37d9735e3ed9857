import ArgumentParser
import BenchmarkKit
import Foundation
import Online
import SecureML
import SecureModelFiles

/// What a file does not say about a secure model.
struct ModelOptions: ParsableArguments {
  @Option(help: "The value of the graph that the model gives; default: the file's output.") var graphOutput: String?
  @Option(help: "One row of the input, if the file leaves it open: 64, or 1x28x28 (channels, height, width).")
  var input: String?
  @Option(name: .customShort("f"), help: "Bits after the point.") var fractionBits = 16
  @Option(name: .customShort("k"), help: "Bits of every value.") var valueBits = 48
  @Option(help: "Bits of features; default f + 5, which is ±16.") var featureBits: Int?
  @Option(help: "Bits of weights and biases; default f + 4, which is ±8.") var weightBits: Int?

  func validate() throws {
    guard (1...62).contains(fractionBits), (2...63).contains(valueBits), fractionBits < valueBits else {
      throw ValidationError("-f and -k: 0 < f < k < 64")
    }
    _ = try shape()
  }

  private func shape() throws -> ActivationShape? {
    guard let input else { return nil }
    let numbers = input.split(separator: "x").compactMap { Int($0) }
    guard numbers.allSatisfy({ (1...65_536).contains($0) }), numbers.count == input.split(separator: "x").count else {
      throw ValidationError("--input \(input): numbers from 1 to 65536, joined by x")
    }
    switch numbers.count {
    case 1: return .vector(numbers[0])
    case 3: return .image(channels: numbers[0], height: numbers[1], width: numbers[2])
    default: throw ValidationError("--input \(input): one number, or three (channels x height x width)")
    }
  }

  func options() throws -> WeightedModel.ImportOptions {
    WeightedModel.ImportOptions(
      input: try shape(), format: FixedPointFormat(fractionBits: fractionBits, valueBits: valueBits),
      featureBits: featureBits, weightBits: weightBits)
  }
}

/// `spdz-bench model inspect`.
struct InspectModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show layers, shapes, weights with their ranges, and all nodes without a secure layer.",
    discussion: "EXAMPLE\n  spdz-bench model inspect network.onnx --json")

  @Argument(help: "An .onnx or .safetensors file, or a folder that import wrote.") var file: String
  @OptionGroup var model: ModelOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    do {
      let inspection = try ModelInspection(file: file, output: model.graphOutput, options: model.options())
      print(json ? try jsonObjectLine(inspection) : inspection.rendered(), terminator: json ? "\n" : "")
    } catch {
      throw ExitCode(FileCommand.report(error).rawValue)
    }
  }
}

/// `spdz-bench model import`.
struct ImportModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Write an ONNX model as model.json and weights.safetensors; nothing is written if a node is unsupported.",
    discussion: "EXAMPLE\n  spdz-bench model import network.onnx --graph-output logits --output models/network")

  @Argument(help: "The ONNX file.") var file: String
  @Option(help: "Folder to write; made if missing, never overwritten.") var output: String
  @OptionGroup var model: ModelOptions
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    do {
      let inspection = try ModelImport.run(
        file: file, output: model.graphOutput, folder: output, options: model.options())
      print(json ? try jsonObjectLine(inspection) : inspection.rendered(), terminator: json ? "\n" : "")
    } catch {
      throw ExitCode(FileCommand.report(error).rawValue)
    }
  }
}

/// `spdz-bench model train`.
struct TrainModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a workload's model in clear, as run does, and write it as a model folder.",
    discussion:
      "EXAMPLE\n  spdz-bench model train Benchmarks/quickstart.json --workload digits-mlp --output models/digits")

  @Argument(help: "The experiment file.") var file: String
  @Option(help: "Name of the workload; default: the first.") var workload: String?
  @Option(help: "Folder to write; made if missing, never overwritten.") var output: String
  @Option(name: .customLong("set"), parsing: .unconditionalSingleValue, help: "key=value, as in run; repeatable.")
  var overrides: [String] = []
  @Flag(help: "No progress.") var quiet = false
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    do {
      let inspection = try ModelTraining.run(
        file: file, overrides: overrides, workload: workload, folder: output, quiet: quiet)
      print(json ? try jsonObjectLine(inspection) : inspection.rendered(), terminator: json ? "\n" : "")
    } catch {
      throw ExitCode(FileCommand.report(error).rawValue)
    }
  }
}

/// `spdz-bench model export`.
struct ExportModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model folder as an ONNX file.",
    discussion: "EXAMPLE\n  spdz-bench model export models/network --output network.onnx")

  @Argument(help: "A folder that import wrote.") var folder: String
  @Option(help: "The ONNX file to write; never overwritten.") var output: String

  func run() throws {
    do {
      try ModelImport.export(folder: folder, to: output)
      print(output)
    } catch {
      throw ExitCode(FileCommand.report(error).rawValue)
    }
  }
}

/// One JSON object in one line.
func jsonObjectLine(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
