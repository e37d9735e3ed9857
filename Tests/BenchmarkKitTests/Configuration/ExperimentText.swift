@testable import BenchmarkKit

/// A minimal valid experiment; tests break one thing at a time.
let minimalExperiment = """
  {
    "name": "tiny",
    "insecureDealer": true,
    "workloads": [
      {
        "name": "one",
        "dataset": { "path": "data.csv", "classes": 2 },
        "model": { "layers": [{ "kind": "dense", "outputs": 2 }, { "kind": "argmax" }] }
      }
    ]
  }
  """

/// The message of the error that loading `text` gives, "no error" if it loads.
func loadingMessage(_ text: String, set overrides: [String] = []) -> String {
  do throws(ConfigurationError) {
    _ = try Experiment.load(file: "e.json", text: text, overrides: overrides)
    return "no error"
  } catch {
    return error.description
  }
}

/// The same for the minimal experiment with one piece of text replaced.
func loadingMessage(replacing old: String, with new: String) -> String {
  precondition(minimalExperiment.contains(old), "the replaced text must occur")
  return loadingMessage(minimalExperiment.replacing(old, with: new))
}
