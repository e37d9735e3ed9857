// swift-tools-version: 6.3
import PackageDescription

// A protocol written outside the library, with its public products only: nothing here is in the library's package.
let package = Package(
  name: "ResearcherPackage",
  products: [.library(name: "ResearcherProtocol", targets: ["ResearcherProtocol"])],
  dependencies: [.package(name: "spdz-swift", path: "../..")],
  targets: [
    .target(name: "ResearcherProtocol", dependencies: [.product(name: "SPDZ", package: "spdz-swift")]),
    .testTarget(
      name: "ResearcherProtocolTests",
      dependencies: [
        "ResearcherProtocol", .product(name: "SPDZ", package: "spdz-swift"),
        .product(name: "CheatingParties", package: "spdz-swift"),
      ]),
  ]
)
