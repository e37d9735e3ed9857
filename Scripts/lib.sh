# Shared by the scripts in this folder: `. "$(dirname "$0")/lib.sh"`. Needs bash.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Debian packages the build needs; SwiftPM itself needs git and certificates.
packages=(git ca-certificates g++ libgmp-dev libntl-dev libssl-dev libsqlite3-dev)

minimum_swift="6.3"

say() { printf '%s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 69
}

# require_swift: Swift must be in PATH and new enough.
require_swift() {
  command -v swift >/dev/null 2>&1 ||
    die "swift is not in PATH; install Swift $minimum_swift or newer from https://www.swift.org/install/linux/ and start again"
  local version
  version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)"
  [ -n "$version" ] || die "'swift --version' gives no version; reinstall Swift from https://www.swift.org/install/linux/"
  local oldest
  oldest="$(printf '%s\n%s\n' "$minimum_swift" "$version" | sort -V | head -n 1)"
  [ "$oldest" = "$minimum_swift" ] ||
    die "Swift $version is too old, $minimum_swift or newer is needed; install it from https://www.swift.org/install/linux/ (swiftly install latest)"
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = "installed" ]; }

# require_packages NAME…: installs the Debian packages that are missing.
require_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    local header
    for header in gmp.h NTL/ZZ.h openssl/evp.h sqlite3.h; do
      printf '#include <%s>\n' "$header" | clang++ -x c++ -fsyntax-only - >/dev/null 2>&1 ||
        die "the header $header is missing and this is not a Debian system; install the development files of GMP, NTL, OpenSSL and SQLite and start again"
    done
    return 0
  fi
  local missing=() name
  for name in "$@"; do is_installed "$name" || missing+=("$name"); done
  [ ${#missing[@]} -gt 0 ] || return 0

  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 ||
      die "these packages are missing: ${missing[*]}; as root, run: apt-get update && apt-get install -y ${missing[*]}"
    as_root=(sudo)
  fi
  command -v apt-get >/dev/null 2>&1 || die "apt-get is missing; install these packages by hand: ${missing[*]}"
  say "installing missing packages: ${missing[*]}"
  local log
  log="$(mktemp)"
  if ! { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    die "these packages could not be installed: ${missing[*]}; check the network and the apt sources, or install them by hand, and start again"
  fi
  rm -f "$log"
}
