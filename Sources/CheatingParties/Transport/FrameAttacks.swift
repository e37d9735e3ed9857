internal import FieldArithmetic
internal import MPCCore
internal import SecretSharing

private typealias Uniform = Opening.UniformShares<P127>

/// In ``RevealedProduct`` the Beaver opening is in round 3, the next frame in round 4.
private let openingByteCount = 2 * P127.encodedByteCount

extension Attack {
  /// Attacks below the codec: the frames of the cheater's Beaver opening are altered as bytes.
  static let frames: [Attack] = [
    altered("C1-garbage", "garbage", "sends 100 bytes that are no frame", .notAFrame) { _ in
      [[UInt8](repeating: 0xAA, count: 100)]
    },
    altered("C1-magic", "garbage", "alters the first byte of a frame", .notAFrame) { frame in
      var bytes = frame.bytes
      bytes[0] ^= 1
      return [bytes]
    },
    altered("C1-version", "wrong-version", "declares another version of the protocol", .notAFrame) { frame in
      var bytes = frame.bytes
      bytes[4] &+= 1
      return [bytes]
    },
    altered("C1-session", "wrong-session", "declares another session", .wrongSession) { frame in
      var bytes = frame.bytes
      bytes[36] ^= 1
      return [bytes]
    },
    altered(
      "C1-kind", "wrong-kind", "declares another kind of message",
      .wrongKind(expected: Uniform.kind.code, received: Opening.OutputShares<P127>.kind.code)
    ) { frame in
      var frame = frame
      frame.kind = Opening.OutputShares<P127>.kind.code
      return [frame.bytes]
    },
    Attack(
      "C1-truncated", "truncate", "cuts the last 5 bytes off a frame and goes on with the next", step: "frame",
      caughtBy: "the next frame begins in the middle", bound: "0", phase: .transport,
      computation: { RevealedProduct($0) }, forbidden: [.any(Opening.OutputShares<P127>.self)],
      arm: { setting in alteringOpening(setting) { [$0.bytes.dropLast(5)] } },
      expected: { honest, setting in
        // Of several honest parties, the last may see the abort of another before it has sent the frame that shows it.
        [
          .malformedMessage(step: CoinToss.Commitment.step, from: setting.cheater, reason: .notAFrame)
        ] + others(honest, setting, during: [CoinToss.Commitment.step, Uniform.step])
      }),
    altered(
      "C2-longer", "wrong-length", "declares one byte more than is due",
      .wrongLength(expected: openingByteCount, received: openingByteCount + 1)
    ) { frame in
      var frame = frame
      frame.length += 1
      return [frame.bytes]
    },
    altered(
      "C2-shorter", "wrong-length", "declares one byte less than is due",
      .wrongLength(expected: openingByteCount, received: openingByteCount - 1)
    ) { frame in
      var frame = frame
      frame.length -= 1
      return [frame.bytes]
    },
    altered(
      "C2-huge", "huge-length", "declares 2^32 − 1 bytes",
      .wrongLength(expected: openingByteCount, received: Int(UInt32.max))
    ) { frame in
      var frame = frame
      frame.length = .max
      return [frame.bytes]
    },
    altered(
      "C2-extended", "wrong-length", "sends and declares one byte more than is due",
      .wrongLength(expected: openingByteCount, received: openingByteCount + 1)
    ) { frame in
      var frame = frame
      frame.payload += [0]
      frame.length += 1
      return [frame.bytes]
    },
    altered(
      "C2-empty", "wrong-length", "sends and declares an empty payload",
      .wrongLength(expected: openingByteCount, received: 0)
    ) { frame in
      var frame = frame
      frame.payload = []
      frame.length = 0
      return [frame.bytes]
    },
    altered("C5-dropped", "drop", "leaves a frame out", .wrongRound(expected: 3, received: 4)) { _ in [] },
    swapped,
    Attack(
      "C5-duplicated", "duplicate", "sends a frame twice", step: "frame", caughtBy: "the round in the frame",
      bound: "0",
      phase: .transport, computation: { RevealedProduct($0) }, forbidden: [.any(Opening.OutputShares<P127>.self)],
      arm: { setting in alteringOpening(setting) { [$0.bytes, $0.bytes] } },
      expected: { honest, setting in
        [
          .malformedMessage(
            step: CoinToss.Commitment.step, from: setting.cheater, reason: .wrongRound(expected: 4, received: 3))
        ] + others(honest, setting, during: [CoinToss.Commitment.step])
      }),
    atTheEnd("C5-extra", "sends one more frame before it says that it has finished", afterClose: false),
    atTheEnd("C5-after-close", "sends a frame after it said that it has finished", afterClose: true),
    altered("C6-sender", "foreign-index", "claims to be another party in a frame", .wrongSender) { frame in
      var frame = frame
      frame.sender ^= 1
      return [frame.bytes]
    },
    altered("C8-modulus", "non-canonical", "sends p as a field element", .nonCanonical) { frame in
      var frame = frame
      let p = (0..<16).map { UInt8(truncatingIfNeeded: P127.modulus >> UInt128(8 * $0)) }
      frame.payload = p + frame.payload.dropFirst(16)
      return [frame.bytes]
    },
    altered("C8-mersenne", "non-canonical", "sends 2^127 − 1 as a field element", .nonCanonical) { frame in
      var frame = frame
      frame.payload = [UInt8](repeating: 0xFF, count: 15) + [0x7F] + frame.payload.dropFirst(16)
      return [frame.bytes]
    },
  ]

  /// An honest party that sees the abort of another honest one first.
  static func others(_ honest: PartyID, _ setting: AttackSetting, during steps: [StepLabel]) -> [ProtocolAbort?] {
    setting.honest.filter { $0 != honest }.flatMap { other in steps.map { .abortedByPeer(other, during: $0) } }
  }

  /// An attack on the frames of the Beaver opening that each receiver sees for itself.
  private static func altered(
    _ id: String, _ name: String, _ summary: String, _ reason: MalformedReason,
    _ alter: @escaping @Sendable (RawFrame) -> [[UInt8]]
  ) -> Attack {
    Attack(
      id, name, summary, step: "frame", caughtBy: "decoder: \(reason)", bound: "0", phase: .transport,
      computation: { RevealedProduct($0) }, forbidden: [.any(Opening.OutputShares<P127>.self)],
      arm: { setting in alteringOpening(setting, alter) },
      expected: { honest, setting in
        [.malformedMessage(step: Uniform.step, from: setting.cheater, reason: reason)]
          + others(honest, setting, during: [Uniform.step])
      })
  }

  private static func alteringOpening(
    _ setting: AttackSetting, _ alter: @escaping @Sendable (RawFrame) -> [[UInt8]]
  ) -> Armament {
    let plan = AttackPlan()
    return Armament(
      plan: plan,
      frames: { bytes, _, _ in
        guard let frame = RawFrame(bytes), frame.kind == Uniform.kind.code else { return [bytes] }
        plan.countDeviation()
        return alter(frame)
      })
  }

  private static let swapped = Attack(
    "C5-swapped", "reorder", "sends two frames in the other order", step: "frame", caughtBy: "the round in the frame",
    bound: "0", phase: .transport, computation: { RevealedProduct($0) },
    forbidden: [.any(Opening.OutputShares<P127>.self)],
    arm: { setting in
      let plan = AttackPlan()
      let held = AttackMemory<[PartyID: [UInt8]]>([:])
      return Armament(
        plan: plan,
        frames: { bytes, _, to in
          guard let frame = RawFrame(bytes) else { return [bytes] }
          if frame.kind == Uniform.kind.code {
            plan.countDeviation()
            held { $0[to] = bytes }
            return []
          }
          return held { $0.removeValue(forKey: to) }.map { [bytes, $0] } ?? [bytes]
        })
    },
    expected: { honest, setting in
      [
        .malformedMessage(
          step: Uniform.step, from: setting.cheater, reason: .wrongRound(expected: 3, received: 4))
      ] + others(honest, setting, during: [Uniform.step])
    })

  /// A frame too many at the end. Before the close it ends the session and takes the result back; after it nothing is
  /// read any more.
  private static func atTheEnd(_ id: String, _ summary: String, afterClose: Bool) -> Attack {
    Attack(
      id, "extra-frame", summary, step: "frame",
      caughtBy: afterClose ? "nothing reads a closed link" : "finish: a frame that nobody waits for", bound: "0",
      phase: .transport, computation: { RevealedProduct($0) },
      arm: { setting in
        let plan = AttackPlan()
        let last = AttackMemory<[PartyID: [UInt8]]>([:])
        return Armament(
          plan: plan,
          frames: { bytes, _, to in
            guard let frame = RawFrame(bytes) else { return [bytes] }
            if !frame.isControl { last { $0[to] = bytes } }
            guard frame.isClose, let old = last.current[to] else { return [bytes] }
            plan.countDeviation()
            return afterClose ? [bytes, old] : [old, bytes]
          })
      },
      expected: { honest, setting in
        if afterClose { return [nil] }
        let end = StepLabel("Finish", 1)
        return [
          .malformedMessage(step: end, from: setting.cheater, reason: .wrongRound(expected: 0, received: 12))
        ] + others(honest, setting, during: [end])
      })
  }
}
