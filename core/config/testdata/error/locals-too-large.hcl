locals {
  a00 = "0123456789abcdef"
  a01 = "${local.a00}${local.a00}"
  a02 = "${local.a01}${local.a01}"
  a03 = "${local.a02}${local.a02}"
  a04 = "${local.a03}${local.a03}"
  a05 = "${local.a04}${local.a04}"
  a06 = "${local.a05}${local.a05}"
  a07 = "${local.a06}${local.a06}"
  a08 = "${local.a07}${local.a07}"
  a09 = "${local.a08}${local.a08}"
  a10 = "${local.a09}${local.a09}"
  a11 = "${local.a10}${local.a10}"
  a12 = "${local.a11}${local.a11}"
  a13 = "${local.a12}${local.a12}"
  a14 = "${local.a13}${local.a13}"
  a15 = "${local.a14}${local.a14}"
  a16 = "${local.a15}${local.a15}"
  a17 = "${local.a16}${local.a16}" # ERROR: The value is larger than 1MiB.
  a18 = "${local.a17}${local.a17}"
  a19 = "${local.a18}${local.a18}"
  a20 = "${local.a19}${local.a19}"
  a21 = "${local.a20}${local.a20}"
  a22 = "${local.a21}${local.a21}"
  a23 = "${local.a22}${local.a22}"
  a24 = "${local.a23}${local.a23}"
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
