package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
)

func newFmt() *cobra.Command {
	var check, inPlace bool
	cmd := &cobra.Command{
		Use:   "fmt [--check] [-w] PATH...",
		Short: "print configuration files in canonical format",
		Long: "Print configuration files in canonical format, or with -w rewrite them in place. The file - is standard input; of a\n" +
			"folder it is all *.hcl files in it.\n" +
			"With --check nothing is written, and the exit status is 1 when a file is not in canonical format.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name files, or - for standard input", "no file given")
			}
			if check && inPlace {
				return usage("use one of them", "--check and -w contradict each other")
			}
			unformatted := 0
			names, err := filesIn(args)
			if err != nil {
				return err
			}
			for _, name := range names {
				same, err := formatFile(cmd, name, check, inPlace)
				if err != nil {
					return err
				}
				if !same {
					unformatted++
				}
			}
			if check && unformatted > 0 {
				return failed("run skidway fmt -w on them", "%s not in canonical format", plural(unformatted, "file"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "only name the files that are not in canonical format")
	cmd.Flags().BoolVarP(&inPlace, "write", "w", false, "rewrite the files")
	return cmd
}

// filesIn puts a folder's *.hcl files in its place.
func filesIn(paths []string) (names []string, err error) {
	for _, p := range paths {
		if st, err := os.Stat(p); err != nil || !st.IsDir() {
			names = append(names, p)
			continue
		}
		found, err := os.ReadDir(p) // in order
		if err != nil {
			return nil, usage("make it readable", "%s: %s", p, reason(err))
		}
		n := len(names)
		for _, f := range found {
			if !f.IsDir() && !strings.HasPrefix(f.Name(), ".") && strings.HasSuffix(f.Name(), ".hcl") {
				names = append(names, filepath.Join(p, f.Name()))
			}
		}
		if len(names) == n {
			return nil, usage("name a folder with a configuration", "%s has no *.hcl files", p)
		}
	}
	return names, nil
}

// formatFile formats one file and reports whether it was in canonical format.
func formatFile(cmd *cobra.Command, name string, check, inPlace bool) (same bool, err error) {
	var src []byte
	if name == "-" {
		if inPlace {
			return false, usage("leave -w out", "standard input can't be rewritten")
		}
		src, err = io.ReadAll(cmd.InOrStdin())
	} else {
		src, err = os.ReadFile(name)
	}
	if err != nil {
		return false, usage("name a file or a folder that exists", "%s: %s", name, reason(err))
	}
	if files, diags := config.Syntax(name, src); diags.HasErrors() {
		if err := config.WriteText(cmd.ErrOrStderr(), diags, files, colored(cmd.ErrOrStderr())); err != nil {
			return false, failed("", "print diagnostics: %v", err)
		}
		return false, usage("mend the syntax first", "%s is left as it is", name)
	}
	formatted := config.Format(src)
	same = bytes.Equal(src, formatted)
	out := cmd.OutOrStdout()
	switch {
	case check:
		if !same {
			fmt.Fprintln(out, name)
		}
	case inPlace:
		if !same {
			if err := replaceFile(name, formatted); err != nil {
				return false, failed("", "rewrite %s: %v", name, err)
			}
			fmt.Fprintln(out, name)
		}
	default:
		if _, err := out.Write(formatted); err != nil {
			return false, failed("", "print: %v", err)
		}
	}
	return same, nil
}

// replaceFile puts content in the place of a file at once, so that no reader sees half of it. A symbolic link stays one:
// what it leads to is replaced.
func replaceFile(name string, content []byte) (err error) {
	name, err = filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Chmod(st.Mode().Perm()), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
