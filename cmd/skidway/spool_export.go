package main

import (
	"bufio"
	"encoding/json"
	"io"
	"time"

	"github.com/spf13/cobra"
)

func newSpoolExport() *cobra.Command {
	var flags routerFlags
	var which selectFlags
	var destination string
	var raw bool
	cmd := &cobra.Command{
		Use:   "export [--from TIME] [--destination ADDRESS] [--raw] [-c PATH]... [--dir PATH]",
		Short: "print the records that the spool holds, delivered or not",
		Long: "Print the records that the spool holds, delivered or not, each as a line of JSON with its origin and position.\n" +
			"What the output does not cover is said on standard error.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := which.selection(time.Now())
			if err != nil {
				return err
			}
			s.Destination = destination
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			out := bufio.NewWriterSize(cmd.OutOrStdout(), 64<<10)
			end, err := t.Export(cmd.Context(), s, func(line json.RawMessage) error {
				if raw {
					return writeData(out, line)
				}
				return writeRaw(out, line)
			})
			if err != nil {
				_ = out.Flush() // what there is; the error counts
				return asked(err)
			}
			if err := out.Flush(); err != nil {
				return failed("", "print: %v", err)
			}
			writeSearched(cmd.ErrOrStderr(), &end, s, "match")
			return nil
		},
	}
	flags.add(cmd, true)
	which.add(cmd, 0)
	cmd.Flags().StringVar(&destination, "destination", "", "only records that were routed to the destination at `ADDRESS`")
	cmd.Flags().BoolVar(&raw, "raw", false, "print only the records, each with a line feed")
	return cmd
}

// writeData prints the record of an exported line as it is.
func writeData(w io.Writer, line json.RawMessage) error {
	var e struct {
		Data       *string `json:"data"`
		DataBase64 []byte  `json:"data_base64"`
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	data := e.DataBase64
	if e.Data != nil {
		data = []byte(*e.Data)
	}
	return writeRaw(w, data)
}

// writeRaw prints a line.
func writeRaw(w io.Writer, line []byte) error {
	if _, err := w.Write(line); err != nil {
		return err
	}
	_, err := w.Write([]byte{'\n'})
	return err
}

// writeLine prints v as a line of JSON.
func writeLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeRaw(w, b)
}
