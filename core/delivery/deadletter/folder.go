package deadletter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxFolderName keeps a folder's name within what file systems take, which is 255 bytes.
	maxFolderName = 200
	// hashMark ends the beginning of an address that is too long; no escape looks like it.
	hashMark = "%-"
)

var errNoAddress = errors.New("no address")

// FolderName returns the name of the folder for an address. No two addresses have the same, also where a file system
// does not tell A from a: bytes other than lower-case letters, digits, '-', '_' and inner dots are written as %XX. A name
// that would be too long is cut and ends with a hash of the address.
func FolderName(address string) string {
	var b strings.Builder
	for i := range len(address) {
		c := address[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' && i > 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	name := b.String()
	if len(name) <= maxFolderName {
		return name
	}
	sum := sha256.Sum256([]byte(address))
	return name[:maxFolderName-len(hashMark)-2*len(sum)] + hashMark + hex.EncodeToString(sum[:])
}

// addressOf is the inverse of FolderName for names without a hash; ok says that name is one.
func addressOf(name string) (address string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '%' {
			b.WriteByte(name[i])
			continue
		}
		if i+2 >= len(name) {
			return "", false
		}
		c, err := strconv.ParseUint(name[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	address = b.String()
	return address, address != "" && FolderName(address) == name
}

// Addresses returns the addresses that have a folder in root, sorted, and the names of what is not such a folder. One
// whose address is too long for a folder's name is found only while it holds a letter. Without root there are none.
func Addresses(root string) (addresses, foreign []string, err error) {
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, e := range entries {
		switch address, ok := addressOf(e.Name()); {
		case !e.IsDir():
			foreign = append(foreign, e.Name())
		case ok:
			addresses = append(addresses, address)
		case !strings.Contains(e.Name(), hashMark):
			foreign = append(foreign, e.Name())
		default:
			address, err := longAddress(filepath.Join(root, e.Name()))
			switch {
			case err != nil:
				return nil, nil, err
			case FolderName(address) == e.Name():
				addresses = append(addresses, address)
			case address != "":
				foreign = append(foreign, e.Name())
			}
		}
	}
	slices.Sort(addresses)
	return addresses, foreign, nil
}

// longAddress returns the address that the first letter in a folder was for; empty when there is none.
func longAddress(path string) (string, error) {
	r, err := newReader(directory(path))
	if err != nil {
		return "", err
	}
	for e, err := range r.Entries(context.Background(), Filter{}) {
		return e.Destination, err
	}
	return "", nil
}
