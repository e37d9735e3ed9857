// swift-tools-version: 6.3
import PackageDescription

// One set of settings for every Swift target of ours: strict concurrency, strict memory safety, no warnings.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// Kernels are optimised in debug builds too; otherwise `swift test` takes minutes for seconds of arithmetic.
let kernelSettings = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]
let kernelCSettings: [CSetting] = [.unsafeFlags(["-O2"], .when(configuration: .debug))]

let package = Package(
  name: "spdz-swift",
  products: [
    .library(
      name: "SPDZ",
      targets: ["MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "MaterialStore", "Online"]),
    .library(name: "Preprocessing", targets: ["LatticeEncryption", "ZeroKnowledge", "Preprocessing"]),
    .library(name: "SecureML", targets: ["SecureML"]),
    .library(name: "ModelFiles", targets: ["ModelFiles", "SecureModelFiles"]),
    .library(name: "CheatingParties", targets: ["CheatingParties"]),
    .library(name: "InsecureDealer", targets: ["InsecureDealer"]),
    .library(name: "FuzzFiles", type: .static, targets: ["FuzzFiles"]),
    .library(name: "FuzzLattice", type: .static, targets: ["FuzzLattice"]),
    .library(name: "FuzzMessages", type: .static, targets: ["FuzzMessages"]),
    .library(name: "FuzzModelFiles", type: .static, targets: ["FuzzModelFiles"]),
    .library(name: "FuzzStore", type: .static, targets: ["FuzzStore"]),
    .library(name: "FuzzTransport", type: .static, targets: ["FuzzTransport"]),
    .library(name: "InsecureToyField", targets: ["InsecureToyField"]),
    .library(name: "InsecureToyParameters", targets: ["InsecureToyParameters"]),
    .executable(name: "spdz-bench", targets: ["spdz-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // C: kernels and shims. They import nothing of ours.
    .target(name: "CFieldKernels", cSettings: kernelCSettings),
    .target(name: "CRingKernels", cSettings: kernelCSettings),
    .target(name: "CNTLShim", linkerSettings: [.linkedLibrary("ntl"), .linkedLibrary("gmp")]),
    .target(name: "COpenSSLShim", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),

    // The library, bottom up. A target lists exactly what it imports, so a back edge does not build.
    .target(name: "MPCCore", swiftSettings: settings),
    .target(name: "FieldArithmetic", dependencies: ["CFieldKernels"], swiftSettings: kernelSettings),
    .target(name: "Cryptography", dependencies: ["MPCCore", "COpenSSLShim"], swiftSettings: settings),
    .target(
      name: "Transport",
      dependencies: [
        "MPCCore", "Cryptography", "COpenSSLShim", .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(
      name: "LatticeEncryption",
      dependencies: ["MPCCore", "FieldArithmetic", "Cryptography", "CRingKernels", "CNTLShim"],
      swiftSettings: kernelSettings),
    .target(
      name: "ZeroKnowledge", dependencies: ["MPCCore", "FieldArithmetic", "Cryptography", "LatticeEncryption"],
      swiftSettings: kernelSettings),
    .target(
      name: "SecretSharing", dependencies: ["MPCCore", "FieldArithmetic", "Cryptography"], swiftSettings: settings),
    .target(
      name: "Preprocessing",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "SecretSharing", "LatticeEncryption", "ZeroKnowledge",
      ],
      swiftSettings: kernelSettings),
    .target(
      name: "MaterialStore",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "SecretSharing", "COpenSSLShim",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: settings),
    .target(
      name: "Online", dependencies: ["MPCCore", "FieldArithmetic", "Cryptography", "SecretSharing"],
      swiftSettings: settings),
    .target(
      name: "SecureML", dependencies: ["MPCCore", "FieldArithmetic", "SecretSharing", "Online"], swiftSettings: settings
    ),

    // Files of models and data; reads what others made. Only the conversion knows our models.
    .target(name: "ModelFiles", swiftSettings: kernelSettings),
    .target(name: "SecureModelFiles", dependencies: ["ModelFiles", "SecureML", "Online"], swiftSettings: settings),
    // Real parties: session file, negotiation, launchers, audit trail, preflight.
    .target(
      name: "PartyRuntime", dependencies: ["MPCCore", "Cryptography", "Transport", "COpenSSLShim"],
      swiftSettings: settings),

    // Insecure and adversarial code: products of their own that no target above imports.
    .target(name: "InsecureToyField", dependencies: ["FieldArithmetic"], swiftSettings: kernelSettings),
    .target(
      name: "InsecureDealer", dependencies: ["MPCCore", "FieldArithmetic", "Cryptography", "SecretSharing"],
      swiftSettings: settings),
    .target(name: "InsecureToyParameters", dependencies: ["LatticeEncryption"], swiftSettings: settings),
    .target(
      name: "CheatingParties",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "LatticeEncryption",
        "ZeroKnowledge", "Preprocessing", "MaterialStore", "Online", "InsecureDealer", "InsecureToyField",
        "InsecureToyParameters", "PartyRuntime", "COpenSSLShim",
      ],
      swiftSettings: settings),

    // The benchmark runner and its command line.
    .target(
      name: "BenchmarkKit",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "LatticeEncryption",
        "Preprocessing",
        "MaterialStore", "Online", "SecureML", "ModelFiles", "SecureModelFiles", "InsecureDealer",
        "InsecureToyParameters", "CheatingParties", "PartyRuntime", "COpenSSLShim",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "spdz-bench",
      dependencies: [
        "BenchmarkKit", "CheatingParties", "KernelBenchmarks", "LatticeEncryption", "MPCCore", "SecretSharing",
        "Preprocessing", "Online", "PartyRuntime", "SecureML", "SecureModelFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // Constant-time check of the encryption scheme, run under valgrind by Scripts/constant-time.
    .target(name: "CMemcheck", path: "Tests/CMemcheck"),
    .executableTarget(
      name: "constant-time-check",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "LatticeEncryption", "ZeroKnowledge", "InsecureToyParameters",
        "CMemcheck",
      ],
      path: "Tests/ConstantTimeScheme", swiftSettings: settings),
    // What Scripts/store-crash kills, starves and measures.
    .executableTarget(
      name: "store-probe",
      dependencies: ["MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "MaterialStore"],
      path: "Tests/StoreProbe", swiftSettings: settings),
    // Kernel measurements, used by field-bench and the command line.
    .target(name: "CGMPOracle", path: "Tests/CGMPOracle", linkerSettings: [.linkedLibrary("gmp")]),
    .target(
      name: "CRepresentations", dependencies: ["CFieldKernels"], path: "Benchmarks/CRepresentations",
      cSettings: kernelCSettings),
    .target(
      name: "KernelBenchmarks",
      dependencies: [
        "MPCCore", "Cryptography", "FieldArithmetic", "LatticeEncryption", "SecretSharing", "Preprocessing",
        "ZeroKnowledge", "CRingKernels", "CRepresentations", "CGMPOracle", "CNTLShim",
      ],
      path: "Benchmarks/KernelBenchmarks", swiftSettings: kernelSettings),
    .executableTarget(
      name: "field-bench", dependencies: ["FieldArithmetic", "KernelBenchmarks"], path: "Benchmarks/FieldBench",
      swiftSettings: settings),
    .testTarget(
      name: "SecretSharingTests",
      dependencies: ["MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "InsecureDealer"],
      swiftSettings: settings),
    .testTarget(
      name: "CheatingPartiesTests",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "Online", "InsecureDealer",
        "InsecureToyField", "CheatingParties",
      ], swiftSettings: settings),
    .target(
      name: "CRawSockets", path: "Benchmarks/CRawSockets", cSettings: kernelCSettings,
      linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
    .executableTarget(
      name: "transport-bench", dependencies: ["MPCCore", "Cryptography", "Transport", "COpenSSLShim", "CRawSockets"],
      path: "Benchmarks/TransportBenchmark", swiftSettings: settings),
    .testTarget(name: "MPCCoreTests", dependencies: ["MPCCore"], swiftSettings: settings),
    .testTarget(
      name: "CryptographyTests",
      dependencies: ["MPCCore", "Cryptography", "InsecureDealer"], swiftSettings: settings),
    .testTarget(
      name: "BenchmarkKitTests",
      dependencies: [
        "BenchmarkKit", "CheatingParties", "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing",
        "LatticeEncryption", "Preprocessing", "MaterialStore", "ModelFiles", "SecureModelFiles", "SecureML", "Online",
        "InsecureToyParameters", "InsecureDealer", "PartyRuntime",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "FieldArithmeticTests",
      dependencies: ["FieldArithmetic", "InsecureToyField", "CGMPOracle", "CNTLShim", "CRepresentations"],
      swiftSettings: settings),
    .testTarget(
      name: "LatticeEncryptionTests",
      dependencies: [
        "MPCCore", "Cryptography", "FieldArithmetic", "LatticeEncryption", "CNTLShim", "InsecureToyParameters",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ZeroKnowledgeTests",
      dependencies: ["MPCCore", "Cryptography", "LatticeEncryption", "InsecureToyParameters", "ZeroKnowledge"],
      swiftSettings: settings),
    .testTarget(
      name: "PreprocessingTests",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "LatticeEncryption",
        "ZeroKnowledge", "Preprocessing", "InsecureDealer", "InsecureToyField", "InsecureToyParameters",
        "CheatingParties",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "MaterialStoreTests",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "InsecureDealer", "MaterialStore",
      ],
      swiftSettings: settings),
    // Built with -sanitize=fuzzer by Scripts/fuzz only.
    .target(
      name: "FuzzFiles", dependencies: ["BenchmarkKit", "Transport"], path: "Tests/FuzzFiles", exclude: ["Corpus"],
      swiftSettings: settings),
    .target(
      name: "FuzzMessages", dependencies: ["MPCCore", "FieldArithmetic", "InsecureToyField", "SecretSharing"],
      path: "Tests/FuzzMessages", exclude: ["Corpus"], swiftSettings: settings),
    .target(
      name: "FuzzModelFiles", dependencies: ["ModelFiles"], path: "Tests/FuzzModelFiles", exclude: ["Corpus"],
      swiftSettings: settings),
    .target(
      name: "FuzzLattice",
      dependencies: ["MPCCore", "Cryptography", "LatticeEncryption", "ZeroKnowledge", "InsecureToyParameters"],
      path: "Tests/FuzzLattice", swiftSettings: settings),
    .target(
      name: "FuzzStore", dependencies: ["MPCCore", "SecretSharing", "MaterialStore"], path: "Tests/FuzzStore",
      swiftSettings: settings),
    .target(
      name: "FuzzTransport", dependencies: ["MPCCore", "Transport"], path: "Tests/FuzzTransport",
      swiftSettings: settings),
    .target(
      name: "CTestTLSClient", path: "Tests/CTestTLSClient",
      linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
    .testTarget(
      name: "TransportTests",
      dependencies: ["MPCCore", "Cryptography", "Transport", "COpenSSLShim", "CTestTLSClient"], swiftSettings: settings),
    .testTarget(
      name: "ModelFilesTests", dependencies: ["ModelFiles", "SecureModelFiles", "SecureML", "Online"],
      exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "PartyRuntimeTests", dependencies: ["MPCCore", "Cryptography", "Transport", "PartyRuntime"],
      swiftSettings: settings),
    .testTarget(
      name: "OnlineTests",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "Online", "InsecureDealer",
      ], swiftSettings: settings),
    .testTarget(
      name: "SecureMLTests",
      dependencies: [
        "MPCCore", "FieldArithmetic", "Cryptography", "Transport", "SecretSharing", "Online", "SecureML",
        "InsecureDealer",
      ], swiftSettings: settings),
  ]
)
