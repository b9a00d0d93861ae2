package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

func TestRendering(t *testing.T) {
	for _, name := range []string{"attribute-unknown.hcl", "secret-of-a-check.hcl", "secret-looking-mistakes.hcl", "plugin-validate.hcl", "syntax-unclosed-string.hcl", "variable-value.hcl", "address-twice.hcl"} {
		_, files, diags := Load(testOptions(t, filepath.Join("testdata/error", name)))
		var text, color, program bytes.Buffer
		if err := errors.Join(WriteText(&text, diags, files, false), WriteText(&color, diags, files, true), WriteJSON(&program, diags, files)); err != nil {
			t.Fatal(err)
		}
		base := filepath.Join("testdata/render", strings.TrimSuffix(name, ".hcl"))
		golden(t, base+".txt", text.Bytes())
		golden(t, base+".json", program.Bytes())
		plain := strings.NewReplacer("\x1b[1;31m", "", "\x1b[1;33m", "", "\x1b[1;36m", "", "\x1b[1m", "", "\x1b[0m", "").Replace(color.String())
		if plain != text.String() || plain == color.String() {
			t.Errorf("%s: in colour it reads differently:\n%q", name, color.String())
		}
	}
}

func TestShownLine(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		line       string
		from, to   int
		masks      [][2]int
		text, mark string
	}{
		"a mark under the place":           {"abc def", 4, 7, nil, "abc def", "    ^^^"},
		"an empty place":                   {"abc", 1, 1, nil, "abc", " ^"},
		"the end of the line":              {"abc", 3, 3, nil, "abc", "   ^"},
		"a place that goes on":             {"abc", 1, 99, nil, "abc", " ^^"},
		"tabs":                             {"\t\tab", 2, 4, nil, "  ab", "  ^^"},
		"control characters":               {"a\x1b[31mb", 6, 7, nil, "a�[31mb", "      ^"},
		"invalid UTF-8":                    {"a\xffb", 2, 3, nil, "a�b", "  ^"},
		"right-to-left marks":              {"a\u202eb", 4, 5, nil, "a�b", "  ^"},
		"a wide character":                 {"é b", 3, 4, nil, "é b", "  ^"},
		"a hidden part before":             {`t = "secret" x`, 13, 14, [][2]int{{5, 11}}, `t = "(sensitive)" x`, strings.Repeat(" ", 18) + "^"},
		"a place in a hidden part":         {`t = "secret"`, 6, 8, [][2]int{{5, 11}}, `t = "(sensitive)"`, "     ^^^^^^^^^^^"},
		"hidden parts that meet":           {`abcdef`, 5, 6, [][2]int{{1, 3}, {2, 4}}, `a(sensitive)ef`, strings.Repeat(" ", 13) + "^"},
		"a secret-looking line":            {`password = "abc`, 0, 8, nil, `password = "(sensitive)`, "^^^^^^^^"},
		"a secret-looking reference":       {`password = var.x`, 0, 8, nil, `password = var.x`, "^^^^^^^^"},
		"a secret-looking template":        {`token = "abc${x}"`, 12, 16, nil, `token = "(sensitive)${x}"`, strings.Repeat(" ", 20) + "^^^^"},
		"a secret-looking call":            {`token = env("X")`, 0, 5, nil, `token = env("X")`, "^^^^^"},
		"a long line, marked at the start": {"ab" + long, 0, 2, nil, "ab" + long[:118] + "…", "^^"},
		"a long line, marked at the end":   {long + "ab", 300, 302, nil, "…" + long[:118] + "ab", strings.Repeat(" ", 119) + "^^"},
	} {
		f := newFiles()
		for _, m := range c.masks {
			f.mask(hcl.Range{Filename: "f", Start: hcl.Pos{Byte: m[0]}, End: hcl.Pos{Byte: m[1]}})
		}
		at := hcl.Range{Filename: "f", Start: hcl.Pos{Byte: c.from}, End: hcl.Pos{Byte: c.to}}
		text, mark := f.shownLine(at, 0, []byte(c.line))
		if text != c.text || mark != c.mark {
			t.Errorf("%s: shownLine =\n%q\n%q, want\n%q\n%q", name, text, mark, c.text, c.mark)
		}
	}
}

func TestRenderingWithoutSource(t *testing.T) {
	diags := hcl.Diagnostics{
		problem(hcl.Range{Filename: "gone.hcl", Start: hcl.Pos{Line: 3, Column: 4, Byte: 900}}, "Something\nis wrong.", "Mend it.\x1b[2J"),
		placeless("No place.", ""),
	}
	var b bytes.Buffer
	if err := WriteText(&b, diags, newFiles(), false); err != nil {
		t.Fatal(err)
	}
	want := "error: Something is wrong.\n  --> gone.hcl:3:4\n  Mend it.�[2J\n\nerror: No place.\n"
	if b.String() != want {
		t.Errorf("WriteText = %q, want %q", b.String(), want)
	}
}

func TestWriteJSONCounts(t *testing.T) {
	diags := hcl.Diagnostics{placeless("a", "b"), warning(hcl.Range{}, CodeNote, "c", "d"), warning(hcl.Range{}, CodeUnused, "e", "f")}
	var b bytes.Buffer
	if err := WriteJSON(&b, diags, newFiles()); err != nil {
		t.Fatal(err)
	}
	var got struct{ Errors, Warnings, Notes int }
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Errors != 1 || got.Warnings != 1 || got.Notes != 1 {
		t.Errorf("counts = %+v, want one of each", got)
	}
}

func TestFormat(t *testing.T) {
	for in, want := range map[string]string{
		"source \"tcp\"   \"a\" {\nlisten=\"x\"\n# why\n  framing   = \"newline\"\n}\n\n\n": "source \"tcp\" \"a\" {\n  listen = \"x\"\n  # why\n  framing = \"newline\"\n}\n",
		"":              "",
		"\n\n":          "",
		"a = 1":         "a = 1\n",
		"a = [1,\n2]\n": "a = [1,\n2]\n",
	} {
		got := string(Format([]byte(in)))
		if got != want {
			t.Errorf("Format(%q) = %q, want %q", in, got, want)
		}
		if again := string(Format([]byte(got))); again != got {
			t.Errorf("Format is not stable: %q then %q", got, again)
		}
	}
	deep := []byte("a = " + strings.Repeat("[", 1<<20))
	if got := Format(deep); !bytes.Equal(got, deep) {
		t.Error("Format changed what it can't take")
	}
}
