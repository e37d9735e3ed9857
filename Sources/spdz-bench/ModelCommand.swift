import ArgumentParser

/// `spdz-bench model`: files of models.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look into model files, import them for secure runs, and export them.",
    discussion: """
      Read are ONNX (Gemm, MatMul, Add, Conv, BatchNormalization, Relu, Sigmoid, pools, Flatten, Reshape, ArgMax, …), \
      safetensors, and folders that import wrote: model.json and weights.safetensors.

      EXAMPLES
        spdz-bench model inspect network.onnx
        spdz-bench model import network.onnx --output models/network
        spdz-bench model train Benchmarks/quickstart.json --workload digits-mlp --output models/digits
        spdz-bench model export models/network --output again.onnx
      """,
    subcommands: [InspectModel.self, ImportModel.self, TrainModel.self, ExportModel.self])
}
