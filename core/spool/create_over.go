package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// createOver makes a new file in the place of one that was left behind. What is no regular file is not the spool's.
func createOver(fsys fileSystem, name string) (file, error) {
	f, err := fsys.Create(name)
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if err := inTheWay(fsys, name); err != nil {
		return nil, err
	}
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return fsys.Create(name)
}

// inTheWay returns an error when something else than a regular file has the name.
func inTheWay(fsys reader, name string) error {
	folder, base := path.Split(name)
	all, err := fsys.List(path.Clean("/" + folder)[1:])
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.name == base && !f.regular {
			return &inTheWayError{name}
		}
	}
	return nil
}

// inTheWayError says that the spool can't make a file because its name is taken.
type inTheWayError struct{ name string }

func (e *inTheWayError) Error() string {
	return fmt.Sprintf("%s in the spool's directory is in the way, and no file of the spool: it is left alone; move it out of the directory", e.name)
}
