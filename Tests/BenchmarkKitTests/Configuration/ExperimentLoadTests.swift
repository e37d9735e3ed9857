import Online
import SecretSharing
import Testing

@testable import BenchmarkKit

@Suite("Experiment files")
struct ExperimentLoadTests {
  @Test func `a minimal file loads and every default is filled in`() throws {
    let experiment = try Experiment.load(file: "e.json", text: minimalExperiment)
    #expect(experiment.parties == 2)
    #expect(experiment.modes == [.passive, .active])
    #expect(experiment.fixedPoint == FixedPointSettings(f: 16, k: 48, s: 40))
    #expect(experiment.workloads[0].batch == 32)
    #expect(experiment.workloads[0].train == TrainingSettings())
    #expect(experiment.link == LinkProfile(.none))
  }

  @Test func `the form with all defaults is a valid file and loads to the same experiment`() throws {
    let text = minimalExperiment.replacing(
      "{ \"kind\": \"argmax\" }", with: "{\"kind\": \"sigmoid\", \"method\": \"polynomial\"}, { \"kind\": \"argmax\" }")
    let experiment = try Experiment.load(file: "e.json", text: text, overrides: ["link.profile=wan"])
    let again = try Experiment.load(file: "e.json", text: try experiment.json())
    #expect(again == experiment)
    #expect(try again.canonicalSHA256() == experiment.canonicalSHA256())
  }

  @Test func `a workload may have a number format of its own, without room for products if it only compares`() throws {
    let own = minimalExperiment.replacing(
      "{ \"kind\": \"dense\", \"outputs\": 2 }, { \"kind\": \"argmax\" }", with: "{ \"kind\": \"relu\" }"
    ).replacing("\"name\": \"one\",", with: "\"name\": \"one\", \"fixedPoint\": {\"k\": 31},")
    let experiment = try Experiment.load(file: "e.json", text: own, overrides: ["fixedPoint.weightBits=18"])
    #expect(experiment.fixedPoint.k == 48)
    #expect(
      experiment.applying(experiment.workloads[0]).fixedPoint
        == FixedPointSettings(f: 16, k: 31, s: 40, featureBits: 21, weightBits: 18))
    #expect(try Experiment.load(file: "e.json", text: try experiment.json()) == experiment)

    let set = "workloads.0.fixedPoint="
    #expect(loadingMessage(minimalExperiment, set: ["\(set){\"k\": 31}"]).contains("2f = 32 fraction bits"))
    #expect(loadingMessage(minimalExperiment, set: ["\(set){\"k\": 60}", "fixedPoint.s=64"]).contains("61 + s"))
    #expect(loadingMessage(minimalExperiment, set: ["\(set){\"s\": 50}"]).contains("security of the experiment"))
    #expect(
      loadingMessage(minimalExperiment, set: ["\(set){\"k\": 63}", "fixedPoint.s=64"])
        .contains("workloads[0].fixedPoint: k + s + 2 + log2 n = 63 + 64 + 2 + 1 = 130"))
  }

  @Test func `an unknown key names its path, its place and the nearest known name`() {
    #expect(
      loadingMessage(replacing: "\"insecureDealer\"", with: "\"partys\": 2, \"insecureDealer\"")
        == "e.json:3:3: unknown key \"partys\"; did you mean \"parties\"?")
    #expect(
      loadingMessage(replacing: "\"classes\": 2", with: "\"clases\": 2")
        == "e.json:7:40: workloads[0].dataset: unknown key \"clases\"; did you mean \"classes\"?")
    #expect(
      loadingMessage(replacing: "\"kind\": \"argmax\"", with: "\"kind\": \"argmax\", \"outputs\": 2")
        == "e.json:8:84: workloads[0].model.layers[1]: unknown key \"outputs\"; known keys: kind")
  }

  @Test func `a wrong type names path, expected and found`() {
    #expect(
      loadingMessage(minimalExperiment, set: ["parties=\"two\""])
        == "e.json with --set: parties: expected a whole number, found the string \"two\"; correct the value")
    #expect(
      loadingMessage(replacing: "\"classes\": 2", with: "\"classes\": 2.5")
        == "e.json:7:51: workloads[0].dataset.classes: expected a whole number, found the number 2.5; correct the value"
    )
    #expect(
      loadingMessage(replacing: "\"insecureDealer\": true", with: "\"insecureDealer\": \"yes\"")
        == "e.json:3:21: insecureDealer: expected true or false, found the string \"yes\"; correct the value")
    #expect(
      loadingMessage("[]") == "e.json:1:1: expected an object, found an array of 0; correct the value")
  }

  @Test func `a missing required key is named with its object`() {
    #expect(
      loadingMessage(replacing: ", \"classes\": 2", with: "")
        == "e.json:7:18: workloads[0].dataset: the key \"classes\" is missing; add \"classes\"")
  }

  @Test(arguments: [0, 1, 9]) func `party counts outside 2 to 8 are refused`(_ count: Int) {
    #expect(
      loadingMessage(minimalExperiment, set: ["parties=\(count)"])
        == "e.json with --set: parties: \(count) is outside 2…8; choose a value in this range")
  }

  @Test func `k and s too large for p name the inequality with its numbers`() {
    #expect(
      loadingMessage(minimalExperiment, set: ["fixedPoint.k=60", "fixedPoint.s=64", "parties=3"])
        == "e.json with --set: fixedPoint: k + s + 2 + log2 n = 60 + 64 + 2 + 2 = 128 exceeds the 127 bits of p127; "
        + "lower fixedPoint.k or fixedPoint.s")
    #expect(
      loadingMessage(minimalExperiment, set: ["field=p61"])
        == "e.json: fixedPoint: k + s + 2 + log2 n = 48 + 40 + 2 + 1 = 91 exceeds the 61 bits of p61; "
        + "lower fixedPoint.k or fixedPoint.s, or use field p127")
    #expect(loadingMessage(minimalExperiment, set: ["fixedPoint.k=60", "fixedPoint.s=63"]) == "no error")
    #expect(
      loadingMessage(minimalExperiment, set: ["fixedPoint.k=60", "fixedPoint.s=64"])
        == "e.json: workloads[0].model.layers[1]: argmax works with values of 61 bits, and 61 + s + 2 + log2 n = 128 "
        + "exceeds the 127 bits of p127; lower fixedPoint.k, fixedPoint.f or fixedPoint.s")
  }

  @Test func `an unknown choice names the nearest one, or all`() {
    #expect(
      loadingMessage(replacing: "\"argmax\"", with: "\"argmaxx\"")
        == "e.json:8:74: workloads[0].model.layers[1].kind: \"argmaxx\" is not known here; did you mean \"argmax\"?")
    #expect(
      loadingMessage(minimalExperiment, set: ["transport=pigeon"])
        == "e.json with --set: transport: \"pigeon\" is not known here; choose one of: inproc, tcp, tls")
    #expect(
      loadingMessage(minimalExperiment, set: ["modes=[\"active\",\"active\"]"])
        == "e.json with --set: modes: the name \"active\" is used twice; give each its own name")
  }

  @Test func `without a word about it the offline phase is the real one, and the dealer is always named`() throws {
    let text = minimalExperiment.replacing("\"insecureDealer\": true,", with: "")
    let real = try Experiment.load(file: "e.json", text: text)
    #expect(!real.insecureDealer)
    #expect(!real.trustModel.contains("INSECURE"))
    #expect(real.trustModel(.active).hasSuffix("triples tag-product, masks bounded"))
    let toy = try Experiment.load(file: "e.json", text: text, overrides: ["offline.insecureRingDegree=1024"])
    #expect(toy.trustModel(.passive).hasPrefix("INSECURE TOY RING of degree 1024: "))
    let dealt = try Experiment.load(file: "e.json", text: minimalExperiment)
    #expect(dealt.trustModel(.active) == "INSECURE DEALER: online phase only")
    #expect(
      loadingMessage(text, set: ["offline.insecureRingDegree=100"]).contains("100 is outside 0 (secure), 64"))
    #expect(try Experiment.load(file: "e.json", text: text, overrides: ["offline.workers=4"]).offline.workers == 4)
    for count in [0, 65] {
      #expect(loadingMessage(text, set: ["offline.workers=\(count)"]).contains("\(count) is outside 1…64"))
    }
    #expect(loadingMessage(text, set: ["offline.triples=clasic"]).contains("did you mean \"classic\"?"))
  }

  @Test(arguments: [
    ("{\n  \"a\": 1,\n}", "e.json:3:1: not valid JSON: expected a key in quotes, found '}'"),
    ("{\"a\" 1}", "e.json:1:6: not valid JSON: expected ':' after the key \"a\", found '1'"),
    ("{\"a\": tru}", "e.json:1:7: not valid JSON: expected a value, found 'tru'"),
    ("{\"a\": 01}", "e.json:1:9: not valid JSON: a number with a leading zero"),
    ("{\"a\": \"x", "e.json:1:9: not valid JSON: the file ends inside a string"),
    ("{\"a\": 1, \"a\": 2}", "e.json:1:10: not valid JSON: the key \"a\" appears twice"),
    ("{} x", "e.json:1:4: not valid JSON: text after the end of the value"),
    ("", "e.json:1:1: not valid JSON: expected a value, the file ends"),
    (String(repeating: "[", count: 100_000), "e.json:1:65: not valid JSON: more than 64 levels of nesting"),
  ])
  func `malformed JSON names line and column`(_ text: String, _ message: String) {
    #expect(loadingMessage(text) == message + "; correct the file at this place")
  }

  @Test func `a bad override says how to write it`() {
    #expect(
      loadingMessage(minimalExperiment, set: ["parties"])
        == "e.json with --set: \"parties\" has no '='; write --set key=value, for example --set parties=3")
    #expect(
      loadingMessage(minimalExperiment, set: ["workloads.4.testRows=1"])
        == "e.json with --set: workloads: \"4\" is not an index of this list of 1; use 0…0")
    #expect(
      loadingMessage(minimalExperiment, set: ["name.x=1"])
        == "e.json with --set: name: \"x\" cannot be set inside the string \"tiny\"; correct the path of --set name.x=1"
    )
    #expect(
      loadingMessage(minimalExperiment, set: ["fixedpoint.f=12"])
        == "e.json with --set: unknown key \"fixedpoint\"; did you mean \"fixedPoint\"?")
  }

  @Test func `overrides reach into lists and create missing objects`() throws {
    let experiment = try Experiment.load(
      file: "e.json", text: minimalExperiment,
      overrides: ["workloads[0].testRows=7", "workloads.0.train.epochs=3", "name=other"])
    #expect(experiment.workloads[0].testRows == 7)
    #expect(experiment.workloads[0].train.epochs == 3)
    #expect(experiment.name == "other")
  }

  @Test func `a missing file is named`() {
    #expect {
      try Experiment.load(path: "no/such/file.json")
    } throws: {
      "\($0)" == "no/such/file.json: cannot be read: no such file; check the path and its permissions"
    }
  }
}

@Suite("Shapes of layers")
struct LayerShapeTests {
  private func message(_ layers: [LayerSpecification], features: Int = 4, classes: Int = 3) -> String {
    do throws(ConfigurationError) {
      let widths = try ModelSpecification(layers: layers).layerWidths(
        featureCount: features, classCount: classes, file: "e.json", path: "m")
      return "\(widths)"
    } catch {
      return error.description
    }
  }

  @Test func `fitting layers give their widths`() {
    #expect(
      message([.dense(outputs: 5, inputs: 4), .relu, .dense(outputs: 3, inputs: nil), .argmax]) == "[5, 5, 3, 1]")
    #expect(message([.dense(outputs: 1, inputs: nil), .sigmoid(.fivePieces)], classes: 2) == "[1, 1]")
  }

  @Test func `a mismatch names layer, kind, expected and given`() {
    let remedy = "; correct this layer or the one before it"
    #expect(
      message([.dense(outputs: 5, inputs: nil), .dense(outputs: 3, inputs: 6)])
        == "e.json: m.layers[1]: layer 1 (dense): expected 5 inputs, given 6" + remedy)
    #expect(
      message([.dense(outputs: 5, inputs: nil), .argmax])
        == "e.json: m.layers[1]: layer 1 (argmax): expected 3 inputs, one per class, given 5" + remedy)
    #expect(
      message([.dense(outputs: 3, inputs: nil), .argmax, .relu])
        == "e.json: m.layers[1]: layer 1 (argmax): expected to be the last layer, given 1 more after it" + remedy)
    #expect(
      message([.dense(outputs: 2, inputs: nil)])
        == "e.json: m.layers[0]: layer 0 (dense): expected 3 outputs, one per class (or one sigmoid output for 2 "
        + "classes), given 2" + remedy)
    #expect(
      message([.relu])
        == "e.json: m.layers[0]: layer 0 (relu): expected a dense layer or a convolution before it, given none" + remedy
    )
  }
}

@Suite("Nearest names")
struct NearestNameTests {
  @Test(arguments: [
    ("kitten", "sitting", 3), ("ab", "ba", 1), ("", "abc", 3), ("parties", "Parties", 0), ("repeat", "repeats", 1),
  ])
  func `the distance counts insertions, deletions, replacements and swaps`(_ a: String, _ b: String, _ distance: Int) {
    #expect(editDistance(a, b) == distance)
    #expect(editDistance(b, a) == distance)
  }

  @Test func `nothing is proposed for a word unlike all others`() {
    #expect(nearestName(to: "zebra", among: ["parties", "modes"]) == nil)
    #expect(nearestName(to: "x", among: ["f", "k", "s"]) == nil)
    #expect(nearestName(to: "dealer", among: ["parties", "insecureDealer"]) == "insecureDealer")
  }
}
