package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// share is a part of a filesystem in percent, more than 0 and less than 100. It is the canonical form of what an
// attribute with Share takes besides a size.
type share float64

const shareHint = `A share of the filesystem is a percentage, such as "20%". ` + bytesHint

var errShareRange = errors.New("not between 0% and 100%")

var sharePattern = regexp.MustCompile(`^([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*%$`)

// parseShare reads a percentage.
func parseShare(text string) (share, error) {
	m := sharePattern.FindStringSubmatch(text)
	if m == nil {
		return 0, errNotBytes
	}
	n, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return 0, errNotBytes
	}
	if n.Sign() <= 0 || n.Cmp(big.NewRat(100, 1)) >= 0 {
		return 0, errShareRange
	}
	percent, _ := n.Float64()
	return share(percent), nil
}

// of1 is the share as a part of 1.
func (s share) of1() float64 { return float64(s) / 100 }

func (s share) String() string { return strconv.FormatFloat(float64(s), 'f', -1, 64) + "%" }

// MarshalJSON writes the share as it is written in a configuration.
func (s share) MarshalJSON() ([]byte, error) {
	b, err := json.Marshal(s.String())
	if err != nil {
		return nil, fmt.Errorf("write share: %w", err)
	}
	return b, nil
}

// sizeOrShare reads the text of an attribute that takes both.
func sizeOrShare(text string) (any, error) {
	if strings.HasSuffix(text, "%") {
		return parseShare(text)
	}
	return parseBytes(text)
}
