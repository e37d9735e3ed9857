/// How this code was compiled.
public enum BuildConfiguration {
  /// Whether this is a debug build.
  public static var isDebug: Bool {
    #if DEBUG
    true
    #else
    false
    #endif
  }

  /// "debug" or "release".
  public static var name: String { isDebug ? "debug" : "release" }

  /// The compiler's version as far as the code can tell.
  public static var compiler: String {
    #if compiler(>=6.4)
    "Swift 6.4 or newer"
    #elseif compiler(>=6.3)
    "Swift 6.3"
    #else
    "Swift older than 6.3"
    #endif
  }
}
