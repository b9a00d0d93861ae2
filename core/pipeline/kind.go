package pipeline

// String returns the kind's name in the configuration.
func (k Kind) String() string {
	switch k {
	case KindDrop:
		return "drop"
	case KindSample:
		return "sample"
	case KindSet:
		return "set"
	case KindUnset:
		return "unset"
	case KindRename:
		return "rename"
	case KindParse:
		return "parse"
	case KindRedact:
		return "redact"
	}
	return "unknown"
}
