extension TablePreparation {
  /// The preparation of a data source; `nil` if its file is written as it is.
  init?(_ kind: DataSource.Preparation) {
    switch kind {
    case .none: return nil
    case .banks: self = .banks
    case .hospitals: self = .hospitals
    }
  }

  /// Loans of the US Small Business Administration. Owner: the lending bank; label: 1 if the loan was charged off.
  ///
  /// Names, places and everything that is known only after the loan are left out; amounts and counts enter by their square
  /// roots, which tames their long tails.
  static var banks: TablePreparation {
    TablePreparation(
      owner: "Bank",
      features: [
        Feature("term") { $0.number("Term") },
        Feature("realEstate") { ($0.number("Term") ?? 0) >= 240 ? 1 : 0 },
        Feature("employees") { $0.number("NoEmp").map { $0.magnitude.squareRoot() } },
        Feature("newBusiness") { $0.flag("NewExist", "2") },
        Feature("jobsCreated") { $0.number("CreateJob").map { $0.magnitude.squareRoot() } },
        Feature("jobsRetained") { $0.number("RetainedJob").map { $0.magnitude.squareRoot() } },
        Feature("franchise") { ($0.number("FranchiseCode") ?? 0) > 1 ? 1 : 0 },
        Feature("urban") { $0.flag("UrbanRural", "1") }, Feature("rural") { $0.flag("UrbanRural", "2") },
        Feature("revolving") { $0.flag("RevLineCr", "Y") }, Feature("lowDocument") { $0.flag("LowDoc", "Y") },
        Feature("amount") { $0.dollars("DisbursementGross").map { ($0.magnitude / 1_000).squareRoot() } },
        Feature("guaranteed") { row in
          guard let part = row.dollars("SBA_Appv"), let all = row.dollars("GrAppv"), all > 0 else { return nil }
          return part / all
        },
        Feature("year") { row in Double(row.text("ApprovalFY").prefix(4)).map { $0 - 2000 } },
        Feature("sameState") { $0.text("State") == $0.text("BankState") ? 1 : 0 },
        sector("construction", ["23"]), sector("manufacturing", ["31", "32", "33"]), sector("retail", ["44", "45"]),
        sector("food", ["72"]), sector("services", ["54", "56", "81"]),
      ],
      label: { row in
        switch row.text("MIS_Status") {
        case "P I F": 0
        case "CHGOFF": 1
        default: nil
        }
      })
  }

  /// A flag for the first two digits of the industry code.
  private static func sector(_ name: String, _ codes: Set<String>) -> Feature {
    Feature(name) { codes.contains(String($0.text("NAICS").prefix(2))) ? 1 : 0 }
  }

  /// Heart disease in four hospitals. Owner: the hospital; label: 1 for any stage of the disease.
  ///
  /// Measurements that are missing (and a cholesterol of 0, which means the same) become the median of all patients. The
  /// columns slope, ca and thal are missing for most patients outside Cleveland and left out.
  static var hospitals: TablePreparation {
    TablePreparation(
      owner: "dataset",
      features: [
        Feature("age", missing: .median) { $0.number("age") }, Feature("male") { $0.flag("sex", "Male") },
        Feature("typicalAngina") { $0.flag("cp", "typical angina") },
        Feature("atypicalAngina") { $0.flag("cp", "atypical angina") },
        Feature("otherPain") { $0.flag("cp", "non-anginal") },
        Feature("bloodPressure", missing: .median) { $0.number("trestbps").flatMap { $0 > 0 ? $0 : nil } },
        Feature("cholesterol", missing: .median) { $0.number("chol").flatMap { $0 > 0 ? $0 : nil } },
        Feature("cholesterolKnown") { ($0.number("chol") ?? 0) > 0 ? 1 : 0 },
        Feature("bloodSugar") { $0.flag("fbs", "TRUE") },
        Feature("hypertrophy") { $0.flag("restecg", "lv hypertrophy") },
        Feature("waveAbnormality") { $0.flag("restecg", "st-t abnormality") },
        Feature("heartRate", missing: .median) { $0.number("thalch") },
        Feature("exerciseAngina") { $0.flag("exang", "TRUE") },
        Feature("depression", missing: .median) { $0.number("oldpeak") },
        Feature("depressionKnown") { $0.number("oldpeak") == nil ? 0 : 1 },
      ],
      label: { row in row.number("num").map { $0 > 0 ? 1 : 0 } })
  }
}
