package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
)

func newFmt() *cobra.Command {
	var check, inPlace bool
	cmd := &cobra.Command{
		Use:   "fmt [--check] [-w] FILE...",
		Short: "print configuration files in canonical format",
		Long: "Print configuration files in canonical format, or with -w rewrite them in place. The file - is standard input.\n" +
			"With --check nothing is written, and the exit status is 1 when a file is not in canonical format.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name files, or - for standard input", "no file given")
			}
			if check && inPlace {
				return usage("use one of them", "--check and -w contradict each other")
			}
			unformatted := 0
			for _, name := range args {
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
		hint := "name a file that exists"
		if st, statErr := os.Stat(name); statErr == nil && st.IsDir() {
			hint = "name the files in it: " + filepath.Join(name, "*.hcl")
		}
		return false, usage(hint, "%s: %s", name, reason(err))
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
