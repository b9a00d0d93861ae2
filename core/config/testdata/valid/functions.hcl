locals {
  lower        = lower("A")
  upper        = upper("a")
  trim         = trim("xax", "x")
  trimprefix   = trimprefix("ab", "a")
  trimsuffix   = trimsuffix("ab", "b")
  trimspace    = trimspace(" a ")
  replace      = replace("a.b", ".", "-")
  replace_re   = replace("a1b22", "/[0-9]+/", "#")
  split        = split(",", "a,b")
  join         = join("-", ["a", "b"])
  substr       = substr("abcd", 1, 2)
  format       = format("%05d|%s", 42, "x")
  formatdate   = formatdate("YYYY-MM-DD", "2026-11-23T07:00:00Z")
  timeadd      = timeadd("2026-11-23T07:00:00Z", "1h")
  jsondecode   = jsondecode("{\"a\": [1]}").a[0]
  jsonencode   = jsonencode({ a = [1] })
  regex        = regex("[0-9]+", "ab12")
  regexall     = regexall("[0-9]", "a1b2")
  abs          = abs(-1)
  min          = min(2, 1)
  max          = max(2, 1)
  ceil         = ceil(1.2)
  floor        = floor(1.8)
  parseint     = parseint("ff", 16)
  contains     = contains(["a"], "a")
  length       = length([1, 2]) + length("abc")
  keys         = keys({ b = 1, a = 2 })
  values       = values({ b = 1, a = 2 })
  merge        = merge({ a = 1 }, { b = 2 })
  lookup       = lookup({ a = "x" }, "b", "y")
  coalesce     = coalesce(null, "a")
  concat       = concat([1], [2])
  flatten      = flatten([[1], [2]])
  try          = try({}.a, "fallback")
  can          = can({}.a)
  tostring     = tostring(1)
  tonumber     = tonumber("1")
  tobool       = tobool("true")
  startswith   = startswith("abc", "ab")
  endswith     = endswith("abc", "bc")
  strcontains  = strcontains("abc", "b")
  matches      = matches("^a.c$", "abc")
  sha256       = substr(sha256("a"), 0, 8)
  md5          = substr(md5("a"), 0, 8)
  base64encode = base64encode("a")
  base64decode = base64decode("YQ==")
  cidrcontains = [cidrcontains("10.0.0.0/8", "10.1.1.1"), cidrcontains("10.0.0.0/8", "10.1.0.0/16"), cidrcontains("10.0.0.0/8", "11.0.0.1")]
  null_is_null = lower(null) == null
  null_is_not  = startswith(null, "a")
}

source "tcp" "app" {}
destination "kitchen" "k" {
  topic = "t"
  shape = {
    lower        = local.lower
    upper        = local.upper
    trim         = local.trim
    trimprefix   = local.trimprefix
    trimsuffix   = local.trimsuffix
    trimspace    = local.trimspace
    replace      = local.replace
    replace_re   = local.replace_re
    split        = local.split
    join         = local.join
    substr       = local.substr
    format       = local.format
    formatdate   = local.formatdate
    timeadd      = local.timeadd
    jsondecode   = local.jsondecode
    jsonencode   = local.jsonencode
    regex        = local.regex
    regexall     = local.regexall
    abs          = local.abs
    min          = local.min
    max          = local.max
    ceil         = local.ceil
    floor        = local.floor
    parseint     = local.parseint
    contains     = local.contains
    length       = local.length
    keys         = local.keys
    values       = local.values
    merge        = local.merge
    lookup       = local.lookup
    coalesce     = local.coalesce
    concat       = local.concat
    flatten      = local.flatten
    try          = local.try
    can          = local.can
    tostring     = local.tostring
    tonumber     = local.tonumber
    tobool       = local.tobool
    startswith   = local.startswith
    endswith     = local.endswith
    strcontains  = local.strcontains
    matches      = local.matches
    sha256       = local.sha256
    md5          = local.md5
    base64encode = local.base64encode
    base64decode = local.base64decode
    cidrcontains = local.cidrcontains
    null_is_null = local.null_is_null
    null_is_not  = local.null_is_not
  }
  target {
    url = "https://a.example"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.kitchen.k]
}
