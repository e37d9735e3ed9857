public import Cryptography
public import MPCCore
public import SecretSharing
internal import Synchronization

/// What the parties agreed on before a run with their stores.
public struct StoreAgreement: Hashable, Sendable {
  /// 32 bytes common to all parties and fresh in each agreement: absorb it in every later label of the run.
  public var run: [UInt8]
  /// How often the stores have been taken up, this time included.
  public var resumeCount: UInt64
  /// How many of these this party's store has not seen: more than 0 if it was restored from a backup (or its process died
  /// while it was taken up).
  public var missedCount: UInt64
  /// Items of each kind that all parties can use.
  public var left: [MaterialKind: Int]
  /// Items of each kind this party gave up: used elsewhere, or not held by all.
  public var lost: [MaterialKind: Int]
}

extension PartyStore {
  /// All parties set their cursors to the highest that any of them reports, and keep the segments that all of them have.
  ///
  /// A store restored from a backup is behind its peers: their record wins, and items that a peer saw used are given up.
  /// That takes a peer that says so: if all *honest* parties restore old backups, cheaters can keep silent, and items are
  /// used again; with two parties never restore one. A party that reports too high a
  /// cursor costs the others material, nothing else; with three or more parties they compare T before they adopt
  /// anything, so that it cannot tell one of them more than another. Cost: 2 rounds, and one more with three or more
  /// parties.
  ///
  /// Call it after opening, before ``source()`` and before appending to a store of an earlier process. The result is
  /// durable when this returns. New connections have new nonces and with them a new transport session, so labels,
  /// commitments and pseudorandom streams never repeat; ``StoreAgreement/run`` binds whatever is derived beyond that.
  /// - Throws: `configurationMismatch` naming the field; `transcriptMismatch` if a party told the others different things,
  ///   and then nothing is changed; `malformedMessage`; `localFailure` with the store's error.
  public func agree<C: Channel>(over channel: C, random: any RandomSource) async throws(ProtocolAbort) -> StoreAgreement
  {
    guard
      SecurityCheck.storeOfTheParty.holds(
        header.party == channel.me && header.terms.partyCount == channel.partyCount)
    else {
      throw .localFailure(
        step: StoreGreeting.step,
        detail:
          "the store \(directory) is of \(header.party) of \(header.terms.partyCount), here runs \(channel.me) of "
          + "\(channel.partyCount); open the store of this party and session")
    }
    let mine: (greeting: StoreGreeting, records: StoreRecords)
    do throws(StoreError) { mine = try ownRecords(nonce: random.seed(label: "store agreement")) } catch {
      throw .localFailure(step: StoreGreeting.step, detail: error.description)
    }
    let context = ProtocolContext(channel: channel, random: random)
    let greetings = try await channel.exchange(mine.greeting)  // 1: headers, sizes
    for peer in channel.peers {
      let theirs = greetings[peer.index]
      for (own, other) in zip(mine.greeting.fields, theirs.fields)
      where !SecurityCheck.storeHeadersAgree.holds(own.value == other.value) {
        throw .configurationMismatch(
          field: "store \(own.name)", mine: own.value, theirs: other.value, with: peer)
      }
      guard SecurityCheck.storeOfTheParty.holds(Int(theirs.party) == peer.index) else {
        throw .configurationMismatch(
          field: "store party", mine: peer.description, theirs: "P\(theirs.party)", with: peer)
      }
    }
    channel.beginRound()  // 2: cursors, segments
    try channel.broadcast(mine.records)
    var records: [StoreRecords] = []
    for party in channel.parties {
      records.append(
        party == channel.me
          ? mine.records
          : try await channel.receiveBroadcast(
            StoreRecords.self, shape: greetings[party.index].sizes, from: party))
    }
    if SecurityCheck.transcriptBeforeAdoption.isKept { try await context.confirmBroadcasts() }  // 3: T, n ≥ 3
    do throws(StoreError) {
      return try adopt(records, greetings)
    } catch {
      throw .localFailure(step: StoreRecords.step, detail: error.description)
    }
  }

  private func ownRecords(nonce: [UInt8]) throws(StoreError) -> (StoreGreeting, StoreRecords) {
    try contents.withLock { (contents) throws(StoreError) in
      try requireAlive(contents)
      guard contents.life.undecided == nil, contents.pending.isEmpty else {
        throw .wrongState(contents.life.state, needed: "a store at rest: agree before anything is appended or used")
      }
      let codes = contents.cursors.keys.sorted()
      let cursors = codes.compactMap { code in
        contents.cursors[code].map { record in
          // Items reserved and not handed out count as used: a peer's reservation may end elsewhere.
          StoreRecords.Cursor(code: code, cursor: UInt64(record.cursor), end: UInt64(record.end))
        }
      }
      var segments: [StoreRecords.Segment] = []
      for (index, code) in codes.enumerated() {
        for record in contents.segments[code] ?? [] {
          segments.append(
            StoreRecords.Segment(
              kind: UInt32(index), first: UInt64(record.first), count: UInt64(record.count),
              run: Array(record.run.prefix(16))))
        }
      }
      let records = StoreRecords(cursors: cursors, segments: segments)
      return (
        StoreGreeting(header, resumeCount: contents.life.resumeCount, nonce: nonce, sizes: records.shape), records
      )
    }
  }

  /// Computes what all parties compute from the same records, and makes it durable.
  private func adopt(_ all: [StoreRecords], _ greetings: [StoreGreeting]) throws(StoreError) -> StoreAgreement {
    var hash = SHA256()
    hash.update(text: "store run/v1")
    hash.update(header.terms.session.bytes)
    let resumeCount = min(StoreGreeting.maximumResumeCount, 1 + (greetings.map(\.resumeCount).max() ?? 0))
    hash.update(resumeCount)
    for greeting in greetings { hash.update(greeting.nonce) }
    let run = hash.finalize()

    let agreed = StoreRecords.commonCursors(all)
    guard agreed.count <= StoreRecords.maximumCursors else {
      throw .wrongState(
        state,
        needed: "at most \(StoreRecords.maximumCursors) kinds in all parties' stores, and \(agreed.count) are claimed")
    }
    return try contents.withLock { (contents) throws(StoreError) in
      try requireAlive(contents)
      let before = left(contents)
      var change = Catalogue.Change()
      change.life = contents.life
      let missedCount = max(1, resumeCount - contents.life.resumeCount) - 1
      change.life?.run = run
      change.life?.resumeCount = resumeCount
      for (code, range) in agreed where code.kind != nil {
        change.cursors.append(CursorRecord(code: code, cursor: range.lowerBound, end: range.upperBound))
        for record in contents.segments[code] ?? []
        where record.end <= range.lowerBound || record.end > range.upperBound {
          change.removedSegments.append(record.number)
        }
      }
      try write(change, &contents)
      for number in change.removedSegments { try? files.unlink(path(of: number)) }
      contents.stock.removeAll()
      contents.hasAgreed = true
      let after = left(contents)
      let lost = before.map { ($0, $1 - (after[$0] ?? 0)) }.filter { $0.1 > 0 }
      return StoreAgreement(
        run: run, resumeCount: resumeCount, missedCount: missedCount, left: after,
        lost: Dictionary(uniqueKeysWithValues: lost))
    }
  }
}

extension StoreRecords {
  /// For each kind any party knows: from the highest cursor to the end of the segments that all parties have behind it.
  package static func commonCursors(_ all: [StoreRecords]) -> [(KindCode, Range<Int>)] {
    let cursors = all.map { Dictionary(uniqueKeysWithValues: $0.cursors.map { ($0.code, $0.cursor) }) }
    let codes = Set(all.flatMap { $0.cursors.map(\.code) }).sorted()
    let segments = all.map { records in
      Dictionary(grouping: records.segments) { records.cursors[Int($0.kind)].code }
    }
    return codes.map { code in
      let reported = cursors.map { $0[code] ?? 0 }
      let start = (SecurityCheck.highestCursor.isKept ? reported.max() : reported.min()) ?? 0
      let lists = segments.map { list in (list[code] ?? []).filter { $0.first + $0.count > start } }
      var end = start
      for index in 0..<(lists.map(\.count).min() ?? 0) {
        let first = lists[0][index]
        let isCommon = lists.allSatisfy { list in
          list[index].first == first.first && list[index].count == first.count
            && SecurityCheck.segmentsOfOneRun.holds(list[index].run == first.run)
        }
        guard isCommon, first.first <= end else { break }
        end = first.first + first.count
      }
      return (code, Int(start)..<Int(end))
    }
  }
}
