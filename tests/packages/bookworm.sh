# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the tests of this folder, which need root. A clean Debian 12 from debootstrap, cached; a copy of it per test;
# and systemd running in that copy, without a network but its own loopback.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/sextant
work=$(mktemp -d "${TMPDIR:-/tmp}/sextant-packages.XXXXXX")
[ "$(id -u)" -ne 0 ] || mount -t tmpfs -o mode=700 tmpfs "$work"
leader= # process id of the init that runs in the copy
failures=0

say() { echo "packages: $*"; }

# check WHAT COMMAND…: counts a failure and goes on.
check() {
  local what=$1; shift
  if "$@" >"$work/check.log" 2>&1; then
    say "ok    $what"
  else
    say "FAIL  $what: $*"; tail -n 20 "$work/check.log"; failures=$((failures + 1))
  fi
}
not() { ! "$@"; }

# must WHAT COMMAND…: what the rest of the test cannot go on without.
must() {
  local before=$failures
  check "$@"
  [ "$failures" -eq "$before" ] || exit 1
}

# eventually COMMAND…: true within a minute.
eventually() {
  local try
  for try in $(seq 120); do "$@" && return; sleep 0.5; done
  echo "not within a minute: $*"; return 1
}

base=$cache/debootstrap-bookworm

skip() { say "SKIPPED: $*" >&2; exit 77; }

# The clean system, made once: $base/root.
make_base() {
  [ "$(id -u)" -eq 0 ] || skip "root is needed for a Debian in a folder"
  mkdir -p "$cache"
  exec 8>"$cache/debootstrap-bookworm.lock"
  flock 8 # one test at a time
  if [ ! -e "$base/complete" ]; then
    say "making a Debian 12 in $base (once, one to five minutes)"
    rm -rf "$base"; mkdir -p "$base"
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' 'Origin: Debian' | sed -n 1p)
    debootstrap --variant=minbase --include=ca-certificates,systemd,systemd-sysv,dbus bookworm "$base/root" \
      $mirror >"$base/log" 2>&1 || { tail -n 5 "$base/log" >&2; skip "debootstrap cannot make a Debian 12 here"; }
    touch "$base/complete"
  fi
  mkdir -p "$cache/apt-archives"
  cp /etc/resolv.conf "$base/root/etc/resolv.conf"
  run_apt "$base/root" update -qq >"$work/apt.log" 2>&1 || { tail -n 5 "$work/apt.log" >&2; skip "Debian's packages cannot be had"; }
}

# make_root PACKAGE…: $work/root, the clean system with these packages of Debian's and what they want. They are
# installed once and kept; what a test does to the root stays in its own layer over it.
make_root() {
  local kept
  make_base
  kept=$base/with-$(printf '%s\n' "$@" | sort | md5sum | cut -c1-12)
  if [ $# -eq 0 ]; then
    kept=$base/root
  elif [ ! -e "$kept.complete" ]; then
    say "installing $# packages of Debian's in $kept (once)"
    rm -rf "$kept"; cp -a "$base/root" "$kept"
    run_apt "$kept" install -y --no-install-recommends "$@" >"$work/apt.log" 2>&1 || { tail -n 5 "$work/apt.log" >&2; exit 1; }
    touch "$kept.complete"
  fi
  mkdir "$work/layer" "$work/layer/upper" "$work/layer/work" "$work/root"
  mount -t overlay overlay -o "lowerdir=$kept,upperdir=$work/layer/upper,workdir=$work/layer/work" "$work/root"
  echo sextant-test >"$work/root/etc/hostname"
  # Debian's own timers run apt, too.
  echo 'DPkg::Lock::Timeout "120";' >"$work/root/etc/apt/apt.conf.d/99wait"
  echo 127.0.1.1 sextant-test >>"$work/root/etc/hosts"
}

# run_apt ROOT ARGUMENT…: apt in a folder that is not booted: with the machine's network, and what was downloaded before.
run_apt() {
  local root=$1; shift
  systemd-nspawn --quiet --register=no --keep-unit --directory="$root" --bind="$cache/apt-archives:/var/cache/apt/archives" \
    --bind="$work:/mnt" --setenv=DEBIAN_FRONTEND=noninteractive --pipe \
    apt-get -o Dpkg::Options::=--force-unsafe-io -o APT::Keep-Downloaded-Packages=true "$@" </dev/null
}

boot() {
  systemd-nspawn --quiet --register=no --keep-unit --directory="$work/root" --bind="$cache/apt-archives:/var/cache/apt/archives" \
    --bind="$work:/mnt" --private-network --capability=CAP_SYS_RAWIO --boot </dev/null >"$work/boot.log" 2>&1 &
  nspawn=$!
  must "systemd runs in the folder" eventually is_booted
}
is_booted() {
  leader=$(pgrep -P "$nspawn") && within systemctl is-active --quiet multi-user.target
}

# within COMMAND…: in the running system.
within() {
  nsenter --target "$leader" --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

clean_up() {
  [ -z "$leader" ] || kill -KILL "$leader" 2>/dev/null || true
  wait
  ! mountpoint -q "$work/root" || umount "$work/root"
  ! mountpoint -q "$work" || umount "$work"
  rmdir "$work"
}
trap clean_up EXIT

finish() {
  [ "$failures" -eq 0 ] || { say "$failures checks failed"; exit 1; }
}
