package expr

// Phase says where a function can be called.
type Phase string

// The phases.
const (
	// PhaseAny: wherever there are expressions.
	PhaseAny Phase = "any"
	// PhaseLoad: at load, or in record expressions with arguments that use nothing of a record.
	PhaseLoad Phase = "load"
	// PhaseRecord: in record expressions.
	PhaseRecord Phase = "record"
)

// FunctionDoc says what a function of the language does.
type FunctionDoc struct {
	// Name is the function's.
	Name string
	// Signature shows how it is called, for example "lower(text)".
	Signature string
	// Text is one sentence.
	Text string
	// Phase says where it can be called.
	Phase Phase
	// Examples show what it gives. Those of PhaseAny functions are run as tests, by both engines.
	Examples []FunctionExample
}

// FunctionExample is an expression and what it gives, both as they are written in a configuration.
type FunctionExample struct{ Expression, Result string }

// Documented returns all functions of the language, in the order of the documentation.
func Documented() []FunctionDoc {
	var all []FunctionDoc
	for _, group := range [][]FunctionDoc{textDocs(), testDocs(), patternDocs(), numberDocs(), listDocs(), convertDocs(), timeDocs(), hashDocs(), loadDocs()} {
		all = append(all, group...)
	}
	return all
}

// doc returns a function that can be called everywhere. examples are expressions, each followed by its result.
func doc(signature, name, text string, examples ...string) FunctionDoc {
	d := FunctionDoc{Name: name, Signature: signature, Text: text, Phase: PhaseAny}
	for i := 0; i+1 < len(examples); i += 2 {
		d.Examples = append(d.Examples, FunctionExample{examples[i], examples[i+1]})
	}
	return d
}

func textDocs() []FunctionDoc {
	return []FunctionDoc{
		doc("lower(text)", "lower", "The text in lower case.", `lower("ERROR")`, `"error"`),
		doc("upper(text)", "upper", "The text in upper case.", `upper("error")`, `"ERROR"`),
		doc("trim(text, characters)", "trim", "The text without any of the characters at its ends.", `trim("?!hello?!", "!?")`, `"hello"`),
		doc("trimprefix(text, prefix)", "trimprefix", "The text without the prefix, if it has it.", `trimprefix("v1.2", "v")`, `"1.2"`),
		doc("trimsuffix(text, suffix)", "trimsuffix", "The text without the suffix, if it has it.", `trimsuffix("app.log", ".log")`, `"app"`),
		doc("trimspace(text)", "trimspace", "The text without white space at its ends.", `trimspace(" a b\n")`, `"a b"`),
		doc("replace(text, search, replacement)", "replace",
			"The text with each find replaced; a search text in slashes is a regular expression, whose groups the replacement names as $1 or ${name}.",
			`replace("a-b-c", "-", ".")`, `"a.b.c"`, `replace("id=42", "/id=(\\d+)/", "<$1>")`, `"<42>"`),
		doc("split(separator, text)", "split", "The list of the parts between separators.", `split(",", "a,b")`, `["a", "b"]`),
		doc("join(separator, list...)", "join", "The elements of the lists as one text.", `join("-", ["a", "b"])`, `"a-b"`),
		doc("substr(text, offset, length)", "substr",
			"A part of the text, counted in characters; a negative offset counts from the end, length -1 means all of the rest.",
			`substr("hello", 1, 3)`, `"ell"`, `substr("hello", -2, -1)`, `"lo"`),
		doc("format(spec, value...)", "format", "A text made as C's printf does, with widths up to 9999.", `format("%s=%05.1f", "x", 2.25)`, `"x=002.2"`),
	}
}

func testDocs() []FunctionDoc {
	return []FunctionDoc{
		doc("startswith(text, prefix)", "startswith", "Whether the text begins with the prefix; false for null.",
			`startswith("payments", "pay")`, `true`, `startswith(null, "pay")`, `false`),
		doc("endswith(text, suffix)", "endswith", "Whether the text ends with the suffix; false for null.", `endswith("app.log", ".log")`, `true`),
		doc("strcontains(text, part)", "strcontains", "Whether the text has the part in it; false for null.", `strcontains("connection reset", "reset")`, `true`),
		doc("matches(pattern, text)", "matches", "Whether the regular expression (RE2 syntax) matches anywhere in the text; false for null.",
			`matches("^ERR(OR)?$", "ERROR")`, `true`, `matches("(?i)timeout", "Read Timeout")`, `true`),
		doc("cidrcontains(network, address)", "cidrcontains", "Whether the network holds the address or the other network; false for null.",
			`cidrcontains("10.0.0.0/8", "10.1.2.3")`, `true`),
		doc("contains(list, value)", "contains", "Whether the value is in the list; false when the list is null.",
			`contains(["warn", "error"], "error")`, `true`),
	}
}

func patternDocs() []FunctionDoc {
	return []FunctionDoc{
		doc("regex(pattern, text)", "regex",
			"What the pattern, or its groups, match first: a text, a list, or an object of named groups; an error when nothing does.",
			`regex("[0-9]+", "id 42")`, `"42"`, `regex("(?P<key>\\w+)=(?P<value>\\w+)", "a=b")`, `{ key = "a", value = "b" }`),
		doc("regexall(pattern, text)", "regexall", "The list of all that the pattern matches.", `regexall("[0-9]+", "1 and 23")`, `["1", "23"]`),
	}
}

func numberDocs() []FunctionDoc {
	return []FunctionDoc{
		doc("abs(number)", "abs", "The number without its sign.", `abs(-3.5)`, `3.5`),
		doc("min(number...)", "min", "The smallest of the numbers.", `min(3, 1, 2)`, `1`),
		doc("max(number...)", "max", "The largest of the numbers.", `max(3, 1, 2)`, `3`),
		doc("ceil(number)", "ceil", "The next whole number at or above.", `ceil(1.2)`, `2`),
		doc("floor(number)", "floor", "The next whole number at or below.", `floor(-1.2)`, `-2`),
		doc("parseint(text, base)", "parseint", "The whole number that the text is in a base from 2 to 62.", `parseint("ff", 16)`, `255`),
	}
}

func listDocs() []FunctionDoc {
	return []FunctionDoc{
		doc("length(value)", "length", "How many elements a list, map or object has, or characters a text.", `length("héllo")`, `5`, `length([1, 2])`, `2`),
		doc("keys(object)", "keys", "The list of an object's keys, sorted.", `keys({ b = 1, a = 2 })`, `["a", "b"]`),
		doc("values(object)", "values", "The list of an object's values, in the order of its keys.", `values({ b = 1, a = 2 })`, `[2, 1]`),
		doc("merge(object...)", "merge", "The fields of all objects; of fields with the same name the last.", `merge({ a = 1 }, { a = 2, b = 3 })`, `{ a = 2, b = 3 }`),
		doc("lookup(object, key, default)", "lookup", "The field with the key, or the default.", `lookup({ a = 1 }, "b", 0)`, `0`, `lookup(null, "b", 0)`, `0`),
		doc("concat(list...)", "concat", "The elements of all lists as one.", `concat([1], [2, 3])`, `[1, 2, 3]`),
		doc("flatten(list)", "flatten", "The list with the elements of lists in it in their place.", `flatten([1, [2, [3]]])`, `[1, 2, 3]`),
		doc("coalesce(value...)", "coalesce", "The first value that is not null; null when all are.", `coalesce(null, "a", "b")`, `"a"`),
		doc("jsondecode(text)", "jsondecode", "The value that the JSON text stands for.", `jsondecode("{\"a\":1}")`, `{ a = 1 }`),
		doc("jsonencode(value)", "jsonencode", "The value as JSON text.", `jsonencode({ a = [1, "x"] })`, `"{\"a\":[1,\"x\"]}"`),
	}
}

func convertDocs() []FunctionDoc {
	return []FunctionDoc{
		doc("try(expression...)", "try", "The first expression that has no error.", `try(tonumber("x"), 0)`, `0`),
		doc("can(expression)", "can", "Whether the expression has no error.", `can(tonumber("x"))`, `false`),
		doc("tostring(value)", "tostring", "The number or bool as text.", `tostring(503)`, `"503"`),
		doc("tonumber(value)", "tonumber", "The text in decimal notation as number.", `tonumber("12.50")`, `12.5`),
		doc("tobool(value)", "tobool", "The text \"true\" or \"false\" as bool.", `tobool("true")`, `true`),
	}
}

func timeDocs() []FunctionDoc {
	now := doc("now()", "now", "The time at which the records are worked on, in RFC 3339 and UTC: one for all that came in together.")
	now.Phase = PhaseRecord
	return []FunctionDoc{
		now,
		doc("parsetime(layout, text)", "parsetime",
			"The time that the text says, in RFC 3339 and UTC; the layout is Go's reference time 2006-01-02 15:04:05 -0700 as the texts write it, or a name: "+
				"RFC3339, RFC1123, RFC1123Z, RFC822, RFC822Z, RFC850, ANSIC, UnixDate, RubyDate, DateTime, DateOnly, unix, unix_ms, unix_us, unix_ns. A text without a zone is taken as UTC.",
			`parsetime("02/Jan/2006:15:04:05 -0700", "23/Nov/2026:08:00:00 +0100")`, `"2026-11-23T07:00:00Z"`,
			`parsetime("unix_ms", "1732431600123")`, `"2024-11-24T07:00:00.123Z"`),
		doc("unixtime(time)", "unixtime", "The seconds since 1970 UTC of a time in RFC 3339, with their fraction.", `unixtime("2024-11-24T07:00:00.5Z")`, `1732431600.5`),
		doc("formatdate(format, time)", "formatdate",
			"The time in RFC 3339 written in another way: YYYY MM DD hh mm ss and more, other letters in single quotes.",
			`formatdate("YYYY-MM-DD'T'hh", "2026-11-23T07:00:00Z")`, `"2026-11-23T07"`),
		doc("timeadd(time, duration)", "timeadd", "The time in RFC 3339 a duration later.", `timeadd("2026-11-23T07:00:00Z", "-10m")`, `"2026-11-23T06:50:00Z"`),
	}
}

func hashDocs() []FunctionDoc {
	return []FunctionDoc{
		doc("sha256(text)", "sha256", "The SHA-256 sum of the text in hexadecimal.",
			`sha256("a")`, `"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"`),
		doc("md5(text)", "md5", "The MD5 sum of the text in hexadecimal; to tell texts apart, not to protect them.", `md5("a")`, `"0cc175b9c0f1b6a831c399e269772661"`),
		doc("base64encode(text)", "base64encode", "The text in base64.", `base64encode("hello")`, `"aGVsbG8="`),
		doc("base64decode(text)", "base64decode", "The UTF-8 text that the base64 stands for.", `base64decode("aGVsbG8=")`, `"hello"`),
	}
}

func loadDocs() []FunctionDoc {
	docs := []FunctionDoc{
		doc("env(name, default)", "env", "The environment variable, which is sensitive; without a default it must be set."),
		doc("file(path)", "file", "The text of a file without white space at its ends, which is sensitive."),
		doc("credential(name)", "credential", "The text of a file in systemd's $CREDENTIALS_DIRECTORY, which is sensitive."),
		doc("sensitive(value)", "sensitive", "The value, which is then never shown."),
	}
	for i := range docs {
		docs[i].Phase = PhaseLoad
	}
	return docs
}
