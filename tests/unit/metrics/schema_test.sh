#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Holds the hand-written codec against protoc over the schema. Usage: schema_test.sh SAMPLE-PROGRAM PROTO-FOLDER
set -euo pipefail
sample=$1 protos=$2
[ -x "${PROTOC:-}" ] || { echo "schema_test: protoc is not installed (scripts/setup installs it)"; exit 1; }
protoc() { "$PROTOC" -I "$protos" "$@" "$protos/sextant.proto"; }

expect() { # what, wanted, got
  [ "$2" = "$3" ] && return
  echo "schema_test: $1 differs"; diff <(echo "$2") <(echo "$3") || true; exit 1
}

read -r -d '' wanted <<'END' || true
id: "0123456789abcdef"
host: "web01"
frames {
  family: "diskio"
  time_ms: 1767225600000
  interval_ms: 10000
  rows: 2
  labels {
    key: "device"
    values: "sda"
    values: "sdb"
  }
  columns {
    number: 1
    fixed: 4096
    fixed: 8192
  }
  columns {
    number: 12
    fixed: 1250
    absent: "\001"
  }
}
frames {
  family: "custom"
  time_ms: -1
  rows: 1
  labels {
    key: "name"
    values: "requests"
  }
  labels {
    key: "labels"
    values: "path=\"/\""
  }
  columns {
    number: 1
    real: 0.5
  }
}
sequence: 12
gaps {
  cause: 2
  from_ms: 1767225500000
  to_ms: 1767225600000
  detail: "stopped by SIGTERM"
}
documents {
  kind: "processes"
  time_ms: 1767225600000
  text: "{}"
}
tags {
  name: "role"
  value: "web"
}
tags {
  name: "site"
  value: "hel"
}
END
# interval_ms 0 is written by us and shown by no proto3 printer; both read it as 0.
got=$("$sample" encode | protoc --decode=sextant.v1.Batch | grep -v 'interval_ms: 0$')
expect "what protoc reads of our bytes" "$wanted" "$got"

got=$(protoc --encode=sextant.v1.Batch <<<"$wanted" | "$sample" decode)
expect "what we read of protoc's bytes" "web01 read_bytes_total sda 1767225600000 4096
web01 read_bytes_total sdb 1767225600000 8192
web01 busy_percent sdb 1767225600000 12.5
web01 value requests -1 0.5
sequence 12
gap 2 1767225500000 1767225600000 stopped by SIGTERM
document processes 1767225600000 {}
tag role web
tag site hel" "$got"
echo "schema_test: the codec and resources/proto/sextant.proto agree"
