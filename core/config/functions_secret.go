package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// maxSecretBytes bounds a file that holds a secret.
const maxSecretBytes = 1 << 20

// plainError is an error of a secret's function that tells nothing of the secret.
type plainError string

// Error returns the text.
func (e plainError) Error() string { return string(e) }

// secret makes a value from what was read, or decides what it means that it could not be.
func (l *loader) secret(text string, u *unreadError) (cty.Value, error) {
	switch {
	case u == nil:
		l.addSecret(text)
		return cty.StringVal(text).Mark(secretMark{}), nil
	case l.opts.NeedSecrets:
		return cty.NilVal, *u
	}
	l.unread = append(l.unread, *u)
	return cty.UnknownVal(cty.String).Mark(secretMark{}), nil
}

// sensitiveFunc is sensitive(value).
func (l *loader) sensitiveFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{
			Name: "value", Type: cty.DynamicPseudoType,
			AllowNull: true, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true,
		}},
		Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			l.rememberSecrets(args[0], true)
			return args[0].Mark(secretMark{}), nil
		},
	})
}

// envFunc is env(name) and env(name, default).
func (l *loader) envFunc() function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "name", Type: cty.String}},
		VarParam: &function.Parameter{Name: "default", Type: cty.String, AllowNull: true},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if len(args) > 2 {
				return cty.NilVal, plainError("env takes a name and a default, no more")
			}
			name := args[0].AsString()
			if v, ok := l.getenv(name); ok {
				if !utf8.ValidString(v) {
					return cty.NilVal, plainError("the value of the environment variable is not UTF-8 text")
				}
				return l.secret(v, nil)
			}
			if len(args) == 2 {
				l.rememberSecrets(args[1], true)
				return args[1].Mark(secretMark{}), nil
			}
			return l.secret("", &unreadError{function: "env", name: name})
		},
	})
}

// fileFunc is file(path), for files of a folder.
func (l *loader) fileFunc(dir string) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			path := name
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			text, err := readSecretFile(path)
			if err != nil {
				return l.secret("", &unreadError{function: "file", name: name, reason: reason(err)})
			}
			return l.secret(text, nil)
		},
	})
}

// credentialFunc is credential(name): a file in the folder that the service manager names.
func (l *loader) credentialFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "name", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			if name == "" || strings.ContainsAny(name, "/\x00") || name == "." || name == ".." {
				return cty.NilVal, plainError("a credential's name is the name of a file without a folder")
			}
			dir, ok := l.getenv("CREDENTIALS_DIRECTORY")
			if !ok || dir == "" {
				return l.secret("", &unreadError{function: "credential", name: name, reason: "CREDENTIALS_DIRECTORY is not set"})
			}
			text, err := readSecretFile(filepath.Join(dir, name))
			if err != nil {
				return l.secret("", &unreadError{function: "credential", name: name, reason: reason(err)})
			}
			return l.secret(text, nil)
		},
	})
}

func readSecretFile(path string) (string, error) {
	b, err := readBounded(path, maxSecretBytes)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", errors.New("it is not UTF-8 text")
	}
	return strings.TrimSpace(string(b)), nil
}

// readBounded reads a regular file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look at file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("it is larger than %s", formatBytes(limit))
	}
	return b, nil
}

// noSuchFile is the reason of a file that does not exist.
const noSuchFile = "there is no such file"

// reason is the cause of a file error for people, without the path, which they are told anyway.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return noSuchFile
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
